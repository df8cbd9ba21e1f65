"""A message points at the line that is meant."""

import pytest

from streams.toml_lines import line_of

TEXT = """\
name = "site"                      # 1
"time zone" = "x"                  # 2
camera_files = [                   # 3
  "a.toml",                        # 4
]

[[cameras]]                        # 7
id = "a"                           # 8
hours.start = 1                    # 9
  [[cameras.zones]]                # 10
  name = "a1"                      # 11
  [cameras.zones.schedule]         # 12
  hours = []                       # 13
  [[cameras.zones]]                # 14
  name = "a2"                      # 15

[[ cameras ]]                      # 17
id = "b"                           # 18
[["cameras" . zones]]              # 19
name = "b1"                        # 20
[table]                            # 21
id = 1                             # 22
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 1),
        (("name",), 1),
        (("time zone",), 2),
        (("camera_files", 0), 3),
        (("cameras", 0, "id"), 8),
        (("cameras", 0, "hours", "start"), 9),
        (("cameras", 0, "zones", 0), 10),
        (("cameras", 0, "zones", 0, "name"), 11),
        (("cameras", 0, "zones", 0, "schedule"), 12),
        (("cameras", 0, "zones", 0, "schedule", "hours", 3), 13),
        (("cameras", 0, "zones", 1, "name"), 15),
        (("cameras", 0, "zones", 1, "colour"), 14),
        (("cameras", 1), 17),
        (("cameras", 1, "id"), 18),
        (("cameras", 1, "zones", 0, "name"), 20),
        (("table", "id"), 22),
        (("nowhere",), 1),
    ],
)
def test_the_deepest_part_that_is_written_is_found(path, line):
    assert line_of(TEXT, path) == line
