// The newest words stand in sight; the older ones above them.
const talk = document.querySelector(".talk");
talk.scrollTop = talk.scrollHeight;
