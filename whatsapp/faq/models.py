"""The questions that are answered at once."""

from django.db import models
from typing_extensions import override


class FaqEntry(models.Model):
    """A question that citizens ask often, and the answer that staff keep up to date."""

    title = models.CharField("soru", max_length=120, unique=True)
    phrases = models.TextField(
        "anahtar sözler",
        help_text="Her satıra bir söz: sözcük kökleri, küçük harfle ve Türkçe harf gözetmeden. “kacta acil” yazarsanız "
        "“Kaçta açılıyorsunuz?” da bulunur.",
    )
    answer = models.TextField("cevap", max_length=3000)
    active = models.BooleanField("kullanımda", default=True)
    updated_at = models.DateTimeField("güncellenme", auto_now=True)

    class Meta:
        verbose_name = "soru ve cevap"
        verbose_name_plural = "sorular ve cevaplar"

    @override
    def __str__(self) -> str:
        return self.title
