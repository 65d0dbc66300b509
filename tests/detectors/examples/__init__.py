"""The examples of the credential detectors, one module for each module of `detectors.credentials`.

Every secret is made up, and put together from pieces so that no scanner takes this file for a leak.
"""
