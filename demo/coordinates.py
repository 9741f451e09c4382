"""The coordinate systems that departments mix, as their software bends them."""

import numpy as np

SYSTEMS = ["CGCS2000", "WGS84", "GCJ02", "BD09"]
AXIS = 6378245.0
ECCENTRICITY = 0.00669342162296594323
BD_TURN = np.pi * 3000.0 / 180.0


def to_gcj02(longitude: np.ndarray, latitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """WGS 84 degrees to GCJ-02 degrees, by the formula in general use."""
    x, y = longitude - 105.0, latitude - 35.0
    wave = (20 * np.sin(6 * x * np.pi) + 20 * np.sin(2 * x * np.pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x)) + wave
    north += (20 * np.sin(y * np.pi) + 40 * np.sin(y / 3 * np.pi)) * 2 / 3
    north += (160 * np.sin(y / 12 * np.pi) + 320 * np.sin(y * np.pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x)) + wave
    east += (20 * np.sin(x * np.pi) + 40 * np.sin(x / 3 * np.pi)) * 2 / 3
    east += (150 * np.sin(x / 12 * np.pi) + 300 * np.sin(x / 30 * np.pi)) * 2 / 3
    radians = latitude / 180 * np.pi
    magic = 1 - ECCENTRICITY * np.sin(radians) ** 2
    north = north * 180 / (AXIS * (1 - ECCENTRICITY) / (magic * np.sqrt(magic)) * np.pi)
    east = east * 180 / (AXIS / np.sqrt(magic) * np.cos(radians) * np.pi)
    return longitude + east, latitude + north


def to_bd09(longitude: np.ndarray, latitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """GCJ-02 degrees to BD-09 degrees."""
    radius = np.hypot(longitude, latitude) + 0.00002 * np.sin(latitude * BD_TURN)
    angle = np.arctan2(latitude, longitude) + 0.000003 * np.cos(longitude * BD_TURN)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def bend(longitude: np.ndarray, latitude: np.ndarray, system: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """CGCS2000 degrees in the system of each row (an index into SYSTEMS); CGCS2000 and WGS 84 agree to centimetres."""
    gcj = to_gcj02(longitude, latitude)
    bd = to_bd09(*gcj)
    choices = [system == 3, system == 2]
    return np.select(choices, [bd[0], gcj[0]], longitude), np.select(choices, [bd[1], gcj[1]], latitude)
