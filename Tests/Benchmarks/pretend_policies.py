"""Policies for the made-up host."""

# Policies that name nothing here, one of each way to say what is meant.
STRANGERS = [
    'match = {{ id = "dead:{n:04x}" }}',
    'match = {{ id = ["dead:{n:04x}", "beef:{n:04x}"], class = "0200" }}',
    'match = {{ subsystem = "dead:{n:04x}", driver = ["e1000e", "none"] }}',
    'match = {{ address = "00fe:{b:02x}:*", class = "03" }}\nmethod = "driver_override"',
    'match = {{ class = "12{d:02x}", function = "physical" }}\ngroup = "whole"',
    'match = {{ id = "dead:*", driver = ["none", "driver{b}"] }}\nexcept = {{ address = "0000:00:*" }}',
]
# Policies that name functions of the host above: a card type, one function, virtual functions, what is left alone.
NATIVES = [
    'match = {{ id = "15b3:1003", address = "0000:{b:02x}:06.*" }}',
    'match = {{ address = "0000:{b:02x}:03.0", id = "8086:10d3" }}',
    'match = {{ physical_function = "0000:{b:02x}:00.0" }}',
    'match = {{ address = "0000:{b:02x}:08.0" }}\naction = "ignore"',
    'match = {{ id = "10de:2204", address = "0000:{b:02x}:05.0" }}\ngroup = "whole"',
]


def policies(count, idle):
    """Every fourth policy names functions that are there, unless the host is to be idle."""
    for number in range(count):
        natives = not idle and number % 4 == 0
        texts = NATIVES if natives else STRANGERS
        index = number // 4 if natives else number
        text = texts[index % len(texts)].format(
            n=number & 0xFFFF, b=1 + index // len(texts) % 128, d=number % 32)
        yield f'[[policy]]\nname = "policy-{number:05}"\n{text}\n'
