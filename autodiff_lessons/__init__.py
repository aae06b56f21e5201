"""Learn automatic differentiation by touching it: a small reverse-mode engine, live pictures, exercises that check
themselves.

Names load when they are first used, so that the import costs no more than NumPy's. `__init__.pyi` lists them.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
