"""English."""

from whatsapp.texts.catalog import statuses
from whatsapp.texts.catalog.danger_sentences import sentences
from whatsapp.texts.catalog.types import Catalog

TABLE = Catalog(
    notice=(
        "Your data: Melikgazi Municipality uses it to deal with your request. Where needed we pass it to the responsible "
        "organisation. As you use WhatsApp, it is also transferred abroad. You do not need to send an identity number. "
        "Your rights and the privacy notice: {url}"
    ),
    sentences={
        "hello": (
            "Hello, this is the Melikgazi help line. Describe the problem; add a photo and the location if you "
            "can. To write with a member of staff, write “agent”."
        ),
        "thanks": "You are welcome. Have a nice day.",
        "blessing": "Thank you, and the same to you. If there is a problem, just write to us here.",
        "contact": "We received the contact card. Could you also tell us the problem: what happened, and where?",
        "unsupported": (
            "Sorry, we cannot open this kind of message. You can send text, a photo, a voice note or a location."
        ),
        "busy": "All your messages reached us. If you sum them up in one short message, we can help you sooner.",
        "help": (
            "Just describe the problem; a photo and the location help us solve it sooner. You can also write:\n"
            "status – where your requests stand\ncancel – take a request back\nagent – write with a member of staff\n"
            "stop – no more progress messages\nIn an emergency please call 112."
        ),
        "ask_matter": "Please go ahead: what is wrong, and where? You can add a photo, too.",
        "staff_again": "We passed your message to the member of staff who wrote to you; they will write here.",
        "unnamed": (
            "The staff who deal with your request see your name, your number and what you send; we do not show them to the person you complain about."
        ),
        "not_ours": (
            "Your request {number} is another organisation’s job, which we cannot do in its place. If you want us to look "
            "into it all the same, tap “Municipality, please”."
        ),
        "ask_what": "Could you describe the problem in a few words? A voice note is fine, too.",
        "ask_what_photo": "We received the photo. Could you tell us briefly what is wrong?",
        "ask_what_photos": "Your photos have arrived. Could you tell us briefly what is wrong?",
        "ask_what_document": "We received your document. Could you tell us in a sentence what you would like?",
        "lost_photo": "We could not open the photo you sent. Could you send it again?",
        "lost_photos": "We could not open some of the photos you sent. Could you send them again?",
        "lost_voice": "We could not open your voice message. Could you send it again, or write to us instead?",
        "lost_file": "We could not open the file you sent. Could you send it again?",
        "ask_place": "Where is it? Send the location, or write the neighbourhood and the street.",
        "ask_place_again": "Which neighbourhood, which street? You can also send your location.",
        "place_added": "We have added the place to your request {number}.",
        "ask_place_spoken": (
            "We received your voice message; a member of staff will listen to it.\n"
            "Where is it? Send the location, or write the neighbourhood and the street."
        ),
        "ask_place_link": (
            "We cannot see the place from the link you sent. Could you send a WhatsApp location, or write the neighbourhood "
            "and the street?"
        ),
        "ask_abroad": "The location you sent seems to be abroad. Could you write the neighbourhood and the street of the problem?",
        "ask_outside": (
            "The location seems to be outside Melikgazi. If it is right, write “yes” or “correct”; otherwise "
            "send it again. We kept what you wrote."
        ),
        "ask_same": "Is this message about your request {number}, or is it something new?",
        "ask_addition": "Write what you want to add to your request {number}, or send a photo.",
        "added": "Thank you, we added it to your request {number}.",
        "ask_new_place": (
            "Where exactly is the problem of your request {number}? Send the location, or write the "
            "neighbourhood and the street."
        ),
        "moved": "Thank you, we corrected the place of your request {number}.",
        "ask_cancel": "Should we cancel your request {number}?",
        "choose": "Which request do you want to cancel?",
        "cancelled": "We cancelled your request {number}.",
        "kept": "All right, your request {number} stays open.",
        "kept_all": "All right, your requests stay open.",
        "not_cancellable": "Your request {number} has already been closed and can no longer be cancelled.",
        "nothing_to_cancel": "You have no open request that could be cancelled.",
        "draft_dropped": "All right, we will not open a request about this.",
        "deleted": "You deleted your message, so we did not open a request. You can write again at any time.",
        "deleted_kept": (
            "You deleted the message on your phone; your request {number} keeps a copy. To take the request "
            "back, write “cancel”."
        ),
        "person": "One of our staff will write to you here. In an emergency call 112.",
        "person_shut": (
            "Our office is closed now; one of our staff will write to you here after {at}. You can tell us your problem in "
            "the meantime. In an emergency call 112."
        ),
        "person_waiting": "You are waiting for our staff and your request stands; they will write to you here in turn.",
        "question": "We passed your question to our staff; they will answer you here.",
        "question_shut": (
            "We passed your question to our staff. Our office is closed now; they will answer you here after {at}."
        ),
        "passed": "We passed what you wrote to our staff; they will write to you here.",
        "passed_shut": (
            "We passed what you wrote to our staff. Our office is closed now; they will write to you here after {at}."
        ),
        "question_again": "We passed that on to our staff, too.",
        "corrected": "We have added your correction to your request {number}; one of our staff will look at it.",
        "file_taken_back": "We have hidden that picture in your request {number}. You can send the right one.",
        "file_left_out": "All right, we will not use that picture. You can send the right one.",
        "who": (
            "You are writing to the official WhatsApp line of Melikgazi Municipality. A computer gives the first answers; our "
            "staff deal with your reports. To write with a person, send “agent”."
        ),
        "how_long": "It depends on the problem. Once we have your report we tell you the target day.",
        "files_arrived": "Yes, {detail} of what you sent in the last day has arrived.",
        "no_file_arrived": "No photo or file of yours has arrived in the last day. Could you send it again?",
        "glad": "Thank you for letting us know. Have a nice day.",
        "draft_waits": "We are here and have kept what you wrote. Once you answer our question we register it.",
        "mute": (
            "We will send no more progress messages. We will still write if we have a question and when there is "
            "a result. Write “start” to turn them on again."
        ),
        "unmute": "Progress messages are on again.",
        "unknown": (
            "We find no request of yours with the number {number}. Could you check the number and write it "
            "again? If the request is someone else’s, they need to write “status” from their own phone."
        ),
        "not_now": "That cannot be done for your request {number} right now. Write “status” to see where it stands.",
        "insisted": "We will look into your request {number} at the municipality and come back to you.",
        "insisted_already": "Your request {number} is already with the municipality.",
        "ask_stars": "We are glad. We closed your request {number}. How satisfied are you with our service?",
        "ask_comment": "Thank you. If there is anything you want to add, just write it.",
        "ask_reason": (
            "We are sorry. What is still missing? Write it or send a photo; we will reopen your request "
            "{number}."
        ),
        "reopened": "We reopened your request {number} and passed it to the department.",
        "not_reopenable": (
            "Your request {number} can no longer be reopened. If the problem persists, write to us and we open a "
            "new one."
        ),
        "joined_settled": (
            "We added this to your request {number}, which has already been closed. If the problem persists, we "
            "can reopen it."
        ),
        "request_phone_number": "Could you share your number, so that we can reach you by telephone, too?",
        "number_kept": "Thank you, we saved your telephone number.",
        "parked": "Your message reached us. A member of staff will look at it and come back to you. If it is urgent, please "
        "call 112 now.",
        "data_asked": (
            "We recorded your request about your personal data; the time limit for the answer is 30 days. We may write to you here to "
            "check who you are. You can also apply by a signed letter, by registered e-mail (KEP) or with a secure electronic signature."
        ),
        "data_address": "Address for applications: {address}",
        "data_asked_again": "Your request about your personal data is on record and not decided yet; we added what you wrote.",
        "identity_number": "There is no need to write your identity number; we have hidden it.",
        "identity_card": "There is no need to send a photo of your identity card; a photo of the problem is enough.",
        "no_tickets": "You have made no request on this line. If you made one elsewhere, write “agent”; describe a new "
        "problem and we will record it at once.",
    },
    danger=sentences("en"),
    buttons={
        "add": "Add information",
        "move": "Correct the place",
        "cancel": "Cancel",
        "insist": "Municipality, please",
        "same": "Same request",
        "new": "New request",
        "cancel_yes": "Yes, cancel it",
        "cancel_no": "No, keep it",
        "solved": "Yes",
        "unsolved": "No",
        "reopen": "Reopen",
        "choose": "Choose a request",
        "rate": "Rate",
        "answer": "Answer",
        "menu": "Options",
    },
    menu={
        "report": "New request",
        "status": "My requests",
        "cancel": "Cancel a request",
        "person": "Write with staff",
        "mute": "Turn off messages",
    },
    stars=("★ Very dissatisfied", "★★ Dissatisfied", "★★★ Neutral", "★★★★ Satisfied", "★★★★★ Very satisfied"),
    confirmation={
        "received": "We received your request.",
        "question": "We received your question and will answer you here.",
        "number": "Request no: {number}",
        "follow": "Follow it: {link}",
        "subject": "Subject: {subject}",
        "quoted": "“{words}”",
        "department": "Department: {department}",
        "neighbourhood": "Neighbourhood: {neighbourhood}",
        "due": "Target: {due} at the latest",
        "missing_what": "We do not know yet what happened. Tell us briefly and we will add it.",
        "missing_place": (
            "We do not know the place yet. Send the location, or write the neighbourhood and the street, and we "
            "will add it."
        ),
        "elsewhere": "This is the job of another organisation: {agency}.",
        "elsewhere_other": "This is not the job of our municipality but of another organisation.",
        "insist": "If you still want the municipality to deal with it, tap “Municipality, please”.",
        "known": "This problem has been reported to us before; we are dealing with it.",
        "district": (
            "The place you wrote seems to be in {district}, which has a municipality of its own. If it is elsewhere, please write the neighbourhood."
        ),
        "several": (
            "You wrote about more than one problem; all of it is in this request, and staff will split it if "
            "needed."
        ),
        "spoken": "A member of staff will listen to your voice message.",
        "planned": "{status}, planned for {planned}",
        "target": "{status}, target {due}",
        "overdue": "{status}. The target was {due} and has passed; those in charge have been told.",
        "late": "{status}. The target was {due} and has passed.",
        "closed": "Our office is closed now; your request will be taken up when work begins.",
        "audio": "Voice message",
        "video": "Video",
    },
    statuses=statuses.names("en"),
    news=statuses.sentences("en")
    | {
        "photo": "After the work ({number})",
        "solved?": "Is the problem solved, in your view?",
        "soon": "as soon as possible",
        "agency": "another organisation",
    },
    months=(
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    templates=statuses.bodies("en")
    | {
        "": "Melikgazi Municipality help line: {text}\n\nYou can answer by replying to this message.",
        "more": "Write “status” for the details.",
    },
)
