type Points = readonly (readonly [x: number, y: number])[];

const SIZE = 240;
const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/**
 * A curve from 0 to 1 both ways as a small PNG in base64, black on white within a frame: for readers that take no SVG.
 * https://www.w3.org/TR/png-3/
 */
export function curvePng(points: Points): string {
  const line = SIZE / 8 + 1; // a byte of filter, then a bit a pixel
  const pixels = Buffer.alloc(line * SIZE, 0xff);
  for (let y = 0; y < SIZE; y++) pixels[y * line] = 0;
  const dot = (x: number, y: number): void => {
    const [column, row] = [Math.round(x * (SIZE - 1)), Math.round((1 - y) * (SIZE - 1))];
    pixels[row * line + 1 + (column >> 3)]! &= ~(0x80 >> (column & 7));
  };
  const draw = ([x, y]: Points[number], [toX, toY]: Points[number]): void => {
    const steps = 1 + Math.ceil(SIZE * Math.max(Math.abs(toX - x), Math.abs(toY - y)));
    for (let step = 0; step <= steps; step++) dot(x + ((toX - x) * step) / steps, y + ((toY - y) * step) / steps);
  };
  const frame: Points = [[0, 0], [0, 1], [1, 1], [1, 0], [0, 0]]; // prettier-ignore
  for (const corners of [frame, points]) corners.slice(1).forEach((to, i) => draw(corners[i]!, to));
  const header = Buffer.alloc(13);
  header.writeUInt32BE(SIZE, 0);
  header.writeUInt32BE(SIZE, 4);
  header[8] = 1; // one bit of grey
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', stored(pixels)),
    chunk('IEND', Buffer.alloc(0)),
  ]).toString('base64');
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** As zlib writes what it does not compress: a few kilobytes, for which no library is needed. */
function stored(bytes: Uint8Array): Buffer {
  const head = Buffer.from([0x78, 0x01, 1, 0, 0, 0, 0]);
  head.writeUInt16LE(bytes.length, 3);
  head.writeUInt16LE(0xffff - bytes.length, 5);
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  const check = Buffer.alloc(4);
  check.writeUInt32BE(b * 65_536 + a);
  return Buffer.concat([head, bytes, check]);
}

/** https://www.w3.org/TR/png-3/#D-CRCAppendix */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
