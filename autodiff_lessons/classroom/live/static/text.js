// Small pieces of the page, made of text only.

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// An element with a class and with children, which are elements or texts.
export function made(tag, kind, ...children) {
  const node = document.createElement(tag);
  if (kind) node.className = kind;
  node.append(...children);
  return node;
}

// A name stays within its own direction, whatever letters it is made of.
export function named(name) {
  return made("bdi", "name", name);
}

// Put these items into a list, unless they are there already.
export function setItems(list, items, signature) {
  if (list.dataset.signature === signature) return;
  list.dataset.signature = signature;
  list.replaceChildren(...items());
}
