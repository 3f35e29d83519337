"""What every service stands on. Knows nothing of any service."""

import warnings

# nameko stands on eventlet, which is in maintenance; docs/adr/0002 says how we live with that.
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
