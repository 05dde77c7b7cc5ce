/** One kind of place that rows are in: a file of this folder, and a line in its index. */
export interface PlaceKind<Place> {
  /** inWords(place) // => 'transactions' */
  inWords(place: Place): string;
}
