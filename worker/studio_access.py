"""Who may look at the studio, before anything of it is started."""

from studio.access import Access, NoPassword
from worker.problems import CannotStart
from worker.setting_names import variable_of
from worker.settings import Settings


def access_of(settings: Settings) -> Access:
    """Who may look. Raises CannotStart if that would be everybody."""
    access = settings.studio_access
    try:
        access.check()
    except NoPassword as error:
        field = "studio_names" if access.names else "studio_host"
        value = settings.studio_names if access.names else access.host
        raise CannotStart(
            f"{variable_of(field)} is {value}: {error}. "
            f"`rhapsode studio password` makes a hash for {variable_of('studio_password')}"
        ) from None
    return access
