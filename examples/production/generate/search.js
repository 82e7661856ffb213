// The search of the journal: entries that have all the words, each of which may
// be the beginning of a longer one.

const input = document.querySelector("#search");
const results = document.querySelector("#results");

input.hidden = false;
input.addEventListener("input", () => show(find(input.value)));

function find(query) {
  const words = query.toLowerCase().match(/[\p{L}\p{N}]{2,}/gu);
  if (!words) return [];
  const found = words.map((start) => {
    const longer = Object.keys(WORDS).filter((word) => word.startsWith(start));
    return new Set(longer.flatMap((word) => WORDS[word]));
  });
  return [...found[0]].filter((entry) => found.every((set) => set.has(entry)));
}

function show(entries) {
  results.replaceChildren(
    ...entries.sort((a, b) => a - b).map((number) => {
      const [id, title] = ENTRIES[number];
      const link = document.createElement("a");
      link.href = `#${id}`;
      link.textContent = title;
      const item = document.createElement("li");
      item.append(link);
      return item;
    }),
  );
}
