/** What Temporal answers as JSON, with the bytes of its payloads as text. */
export const decoded = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) => {
    const bytes =
      inner instanceof Uint8Array
        ? inner
        : (inner as { type?: string } | null)?.type === 'Buffer'
          ? Buffer.from((inner as { data: number[] }).data)
          : null;
    if (bytes) return Buffer.from(bytes).toString('utf8');
    return typeof inner === 'bigint' ? String(inner) : inner;
  });
