"""Opt-outs: allowed by default, denied with a reason, an owner, a review and an end."""

from governance.agreements.kinds.permission_policy.kind import PermissionPolicy

KIND = PermissionPolicy()
