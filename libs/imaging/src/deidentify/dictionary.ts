import dictionary from './dictionary.json' with { type: 'json' };

const representations = new Map<string, string>();
for (const [vr, tags] of Object.entries(dictionary.tags)) for (const tag of tags.split(' ')) representations.set(tag, vr);

/** Value representation of a public tag (`00100010`) by PS3.6; undefined for private, repeating and unknown tags. */
export function publicRepresentation(tag: string): string | undefined {
  return representations.get(tag);
}

/** True for tags of odd groups, private creators included (PS3.5, 7.8). */
export function isPrivateTag(tag: string): boolean {
  return (parseInt(tag.slice(0, 4), 16) & 1) === 1;
}
