from tests.whatsapp.conftest import base_data, jpeg, line, media_root, meta, meta_server

__all__ = ["base_data", "jpeg", "line", "media_root", "meta", "meta_server"]
