"""placeholder"""

Notation = object
