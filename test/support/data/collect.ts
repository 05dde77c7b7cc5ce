/** All that comes some at a time. */
export async function collect<T>(some: AsyncIterable<T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of some) all.push(...each);
  return all;
}
