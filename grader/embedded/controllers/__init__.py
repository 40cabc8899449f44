"""Control loops: each watches some objects and moves the world towards what they say, one file a controller.

Controllers write through `machinery.client` only and never call one another; what one does, another sees
as an event. Nothing here knows HTTP or containers.
"""
