from hypothesis import HealthCheck, settings

# Machines that run tests are shared: a slow example is not a failure.
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("default")
