/** The parts of an object's key; throws when one of them could lead outside its store. */
export function partsOfKey(key: string): string[] {
  const parts = key.split('/');
  // eslint-disable-next-line no-control-regex -- it looks for control characters
  if (parts.some((part) => part === '' || part.startsWith('.') || /[\\\u0000-\u001f]/.test(part)))
    throw new RangeError(
      `"${key}" is not an object key: its parts, divided by "/", are not empty, do not start with a dot, and hold ` +
        'neither backslash nor control character',
    );
  return parts;
}

/** The parts of a folder of objects: foldersOf('reports/fraud/') // => ['reports', 'fraud'] */
export function foldersOf(folder: string): string[] {
  if (!folder.endsWith('/')) throw new RangeError(`"${folder}" is not a folder of objects: it does not end with "/"`);
  return partsOfKey(folder.slice(0, -1));
}
