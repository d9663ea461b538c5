"""Django's command line without traces: an error that comes from outside the program is told in a sentence.

`--traceback` shows the trace, as for Django's own errors. Some kinds of error, as ValueError, may just as well be a
fault of the program: their sentence names that option. Any other error keeps its trace.
"""

import sys
from collections.abc import Sequence

from django.core.management import execute_from_command_line
from django.db import DatabaseError, DataError, InterfaceError, OperationalError, ProgrammingError

_SENTENCES: tuple[tuple[type[BaseException], str], ...] = (
    (KeyboardInterrupt, "Yarıda kesildi."),
    (EOFError, "Soru sorulamıyor: girdi kapalı. Komutu bir uçbirimde çalıştırın."),
    (
        ProgrammingError,
        "Veritabanı bu sürüm için hazırlanmamış: önce manage.py update_database çalıştırın. ({error})",
    ),
    (DataError, "Verilen değer veritabanının sınırları dışında: {error}"),
    (OperationalError, "Veritabanı cevap vermiyor: DATABASE_URL’e ve sunucunun çalıştığına bakın. ({error})"),
    (InterfaceError, "Veritabanı bağlantısı koptu; yeniden deneyin. ({error})"),
    (DatabaseError, "Veritabanı kabul etmedi: {error}"),
    (FileNotFoundError, "{file} bulunamadı."),
    (PermissionError, "{file}: bu hesabın izni yok."),
    (OSError, "{file}: {reason}"),
    (OverflowError, "Verilen sayı sınırların dışında: {error}"),
    (ValueError, "Verilen değer ya da dosya okunamadı: {error}"),
)
_OUTSIDE = tuple(kind for kind, _ in _SENTENCES)
# A fault of the program raises these, too.
_DOUBTFUL = (DataError, ProgrammingError, OverflowError, ValueError)
_HINT = " Beklemediğiniz bir hataysa komutu --traceback ile yineleyip çıktıyı destek birimine iletin."


def run(arguments: Sequence[str]) -> None:
    """Runs the command that the arguments name. Raises SystemExit(1) where something outside of the program fails."""
    try:
        execute_from_command_line(list(arguments))
    except _OUTSIDE as error:
        if "--traceback" in arguments:
            raise
        sys.exit(_sentence(error))


def _sentence(error: BaseException) -> str:
    said = next(said for kind, said in _SENTENCES if isinstance(error, kind))
    told = " ".join(str(error).split()) or type(error).__name__
    file = getattr(error, "filename", None) or "Dosya ya da bağlantı"
    sentence = said.format(error=told, file=file, reason=getattr(error, "strerror", None) or told)
    return sentence + _HINT if isinstance(error, _DOUBTFUL) else sentence
