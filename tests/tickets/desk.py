"""A member of staff signed in to the back office."""

from django.test import Client

from tests.tickets.world import World


def sign_in(world: World, username: str) -> Client:
    client = Client()
    client.force_login(world.user(username))
    return client
