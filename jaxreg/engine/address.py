"""The address of a storage, and the password in it, which is shown nowhere."""

import re
from urllib.parse import unquote

from jaxreg.files import expanded


def expanded_storage(storage: str | None) -> str | None:
    """Returns what names a storage, with a leading ~ of a file's path as the home folder."""
    match = re.fullmatch("(journal:|folder:|sqlite[^:]*:///)(~.*)", storage or "", re.DOTALL)
    return match[1] + expanded(match[2], "--storage") if match else storage


def hide_password(url: str | None) -> str | None:
    """Returns a storage URL without the password in it, be it before the host or among the parameters."""
    if url is None:
        return None
    url = re.sub(r"^([^:/]+://[^:/@]*:).*@", r"\1***@", url)
    return re.sub(r"(?i)([?&](?:password|passwd)=)[^&]*", r"\1***", url)


def without_password(said: str, address: str) -> str:
    """Returns a message without the storage's password, should a library have put it there."""
    said = said.replace(address, hide_password(address) or "")
    found = re.findall(r"^[^:/]+://[^:/@]*:(.*)@|(?i:[?&](?:password|passwd)=)([^&]*)", address)
    for secret in sorted({word for groups in found for word in groups if word}, key=len, reverse=True):
        for form in {secret, unquote(secret)}:
            said = said.replace(form, "***")
    return said
