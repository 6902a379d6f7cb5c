"""The page on Argus: twelve tasks on one frozen backbone, beside the plain backbone's."""
