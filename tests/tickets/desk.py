"""Somebody of the staff in front of the back office."""

from django.test import Client

from departments.roles import grant_roles, match_groups
from tests.tickets.world import World


def sign_in(world: World, username: str) -> Client:
    grant_roles()
    user = world.user(username)
    match_groups(user)
    client = Client()
    client.force_login(user)
    return client
