"""Small PDFs for tests, written by hand: text at exact places, rules, images, and what no program should write."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

WIDTH, HEIGHT = 612, 792
REGULAR, BOLD, ITALIC = "F1", "F2", "F3"
_FONTS = {REGULAR: "Helvetica", BOLD: "Helvetica-Bold", ITALIC: "Helvetica-Oblique"}
# Two glyphs beside those of WinAnsi: \001 is the ligature fi, \002 the ligature ffl.
_ENCODING = "<< /Type /Encoding /BaseEncoding /WinAnsiEncoding /Differences [ 1 /fi /ffl ] >>"


@dataclass
class Sheet:
    """A page that is drawn on; ``y`` grows downwards, as one reads."""

    operators: list[str] = field(default_factory=list)
    has_image: bool = False

    def write(self, x: float, y: float, text: str, size: float = 10, font: str = REGULAR, turned: bool = False) -> None:
        matrix = f"0 1 -1 0 {x} {HEIGHT - y}" if turned else f"1 0 0 1 {x} {HEIGHT - y}"
        self.operators.append(f"BT /{font} {size} Tf {matrix} Tm ({_escaped(text)}) Tj ET")

    def column(self, x: float, y: float, lines: Sequence[str], size: float = 10, leading: float = 12) -> float:
        """Write lines below each other; the height at which the next would stand."""
        for line in lines:
            self.write(x, y, line, size)
            y += leading
        return y

    def rule(self, x0: float, x1: float, y: float) -> None:
        self.operators.append(f"{x0} {HEIGHT - y} {x1 - x0} 0.5 re f")

    def image(self, x: float, y: float, width: float, height: float) -> None:
        self.has_image = True
        self.operators.append(f"q {width} 0 0 {height} {x} {HEIGHT - y - height} cm /Im1 Do Q")


def save(path: Path, sheets: Sequence[Sheet], information: Mapping[str, str] | None = None) -> Path:
    """A PDF of these pages; ``information`` are its metadata."""
    objects = [b"", b""]
    fonts = ""
    for name, base in _FONTS.items():
        objects.append(f"<< /Type /Font /Subtype /Type1 /BaseFont /{base} /Encoding {_ENCODING} >>".encode())
        fonts += f"/{name} {len(objects)} 0 R "
    objects.append(
        stream(b"\x80", "/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray")
    )
    resources = f"<< /Font << {fonts}>> /XObject << /Im1 {len(objects)} 0 R >> >>"
    kids = []
    for sheet in sheets:
        objects.append(stream("\n".join(sheet.operators).encode("latin-1")))
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /Resources {resources} "
            f"/Contents {len(objects)} 0 R >>".encode()
        )
        kids.append(f"{len(objects)} 0 R")
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(kids)}] >>".encode()
    trailer = ""
    if information:
        entries = " ".join(f"/{name} ({_escaped(value)})" for name, value in information.items())
        objects.append(f"<< {entries} >>".encode("latin-1"))
        trailer = f"/Info {len(objects)} 0 R"
    return save_objects(path, objects, trailer)


def save_objects(path: Path, objects: Sequence[bytes], trailer: str = "") -> Path:
    """A PDF of these objects, numbered from 1; the first is the catalogue."""
    content = bytearray(b"%PDF-1.5\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(content))
        content += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(content)
    content += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    content += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    content += f"trailer << /Size {len(objects) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()
    path.write_bytes(bytes(content))
    return path


def stream(content: bytes, entries: str = "", times: int = 0) -> bytes:
    """A stream object; deflated ``times`` times."""
    for _ in range(times):
        content = zlib.compress(content, 9)
    filters = f"/Filter [{' /FlateDecode' * times}]" if times else ""
    return f"<< /Length {len(content)} {filters} {entries} >>\nstream\n".encode() + content + b"\nendstream"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
