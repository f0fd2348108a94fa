import { table } from '../terminal.js';
import type { Terminal } from '../terminal.js';
import type { MapDocument } from './map-folder.js';
import { mapWords } from './messages.js';

/** Where the maps of a run are, and what they hold: a table for people, the record as JSON. */
export function tellMaps(terminal: Terminal, path: string, document: MapDocument): void {
  const words = mapWords(terminal.language);
  const rows = document.maps.map(({ file, unit }) => [file, unit]);
  terminal.data(table([words('fileColumn'), words('unitColumn')], rows));
  terminal.data(words('writtenTo', { path }));
  terminal.jsonObject({ ...document, out: path });
}
