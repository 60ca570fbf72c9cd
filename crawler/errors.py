"""Every error that Tocsin raises on purpose, as a tree; each class knows its exit code."""


class TocsinError(Exception):
    """Something went wrong that one line can explain. Exit 1: our bug."""

    exit_code = 1


class UsageError(TocsinError):
    """The command, the configuration or a data file is wrong: nothing was done."""

    exit_code = 2


class DataFileError(UsageError):
    """A hand-edited file is wrong."""

    def __init__(self, file: str, entry: str, problem: str):
        super().__init__(f"{file}: {entry}: {problem}")


class StorageError(TocsinError):
    """The disk, the archive or the database cannot be read or written."""

    exit_code = 4


class ArchiveError(StorageError):
    """An archive file is cut short, damaged, or not WARC."""

    def __init__(self, file: str, entry: str, problem: str):
        super().__init__(f"{file}: {entry}: {problem}")


class MailError(TocsinError):
    """A mail server did not take a mail; the rest is done."""

    exit_code = 3


class LockedError(TocsinError):
    """Another run works in this home (EX_TEMPFAIL of sysexits.h)."""

    exit_code = 75
