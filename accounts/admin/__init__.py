from accounts.admin.people import UserAdmin
from accounts.admin.standing import SuspensionAdmin

__all__ = ["SuspensionAdmin", "UserAdmin"]
