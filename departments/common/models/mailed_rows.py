"""Columns of a row that is sent as one mail."""

from django.db import models


class MailedRow(models.Model):
    """A row of which a mail is made; a worker claims it, counts the attempt, and notes what came of it."""

    mailed_at = models.DateTimeField("e-posta gönderildi", null=True, blank=True)
    mail_attempts = models.PositiveSmallIntegerField("e-posta denemesi", default=0)
    mail_next_at = models.DateTimeField("sıradaki e-posta denemesi", null=True, blank=True)
    mail_error = models.CharField("e-posta hatası", max_length=80, blank=True, default="")

    class Meta:
        abstract = True
