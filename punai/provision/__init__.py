"""What PunAI needs on AWS beside its functions: described here, brought about by `punai provision`.

Nothing of this is imported by the functions themselves.
"""
