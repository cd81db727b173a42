// The made-up shop's storefront: what a storefront has to do, and no more. It records what the
// visitor does with POST /v1/events and asks POST /v1/recommendations for the blocks beside it.
"use strict";

const visitor = sessionStorage.visitor ||= "demo-" + crypto.getRandomValues(new Uint32Array(2)).join("-");
const session = sessionStorage.session ||= "s-" + Date.now();
const cart = JSON.parse(sessionStorage.cart || "[]");
const titles = { pdp: "Beside this product", cart: "For your cart", post_cart: "Thank you", home: "For you", category: "In this category" };
let shop, category = "", product = null;

const at = id => document.getElementById(id);

function element(tag, attributes, ...children) {
  const node = Object.assign(document.createElement(tag), attributes);
  node.append(...children.filter(child => child !== null));
  return node;
}

async function call(path, body) {
  const answer = await fetch(path, {
    method: body ? "POST" : "GET",
    headers: { Authorization: "Bearer " + (shop ? shop.key : ""), ...(body && { "Content-Type": "application/json" }) },
    body: body && JSON.stringify(body),
  });
  const json = await answer.json();
  if (!answer.ok) throw new Error(json.error ? json.error.message : answer.statusText);
  return json;
}

// An event of this visitor, recorded before what comes next is asked for.
function record(type, fields) {
  const now = new Date().toISOString();
  return call("/v1/events", { id: crypto.randomUUID ? crypto.randomUUID() : visitor + now + Math.random(),
    type, time: now, sent_at: now, anonymous_id: visitor, session_id: session, ...fields });
}

function picture(item) {
  let hue = 0;
  for (const c of item.item_id) hue = (hue * 31 + c.charCodeAt(0)) % 360;
  const letters = item.title.split(" ").slice(0, 2).map(word => word[0]).join("");
  const node = element("span", { className: "picture", textContent: letters });
  node.style.background = `linear-gradient(135deg, hsl(${hue} 38% 46%), hsl(${(hue + 40) % 360} 40% 34%))`;
  return node;
}

const money = amount => new Intl.NumberFormat("en", { style: "currency", currency: shop.currency }).format(amount);

function tile(item) {
  return element("li", {}, element("button", { className: "tile", onclick: () => view(item) }, picture(item),
    element("div", { className: "text" }, element("span", { className: "title", textContent: item.title }),
      element("span", { className: "price", textContent: money(item.price) }))));
}

function row(item) {
  return element("li", {}, element("button", { className: "row", onclick: () => view(item) }, picture(item),
    element("span", {}, element("span", { className: "title", textContent: item.title }),
      element("span", { className: "why", textContent: item.reason.text })),
    element("span", { className: "price", textContent: money(item.price) })));
}

function panel(answer) {
  return element("section", { className: "panel" },
    element("h2", {}, titles[answer.surface] || answer.surface,
      element("span", { className: "rung", textContent: `rung: ${answer.rung}` })),
    answer.items.length ? element("ul", { className: "list" }, ...answer.items.slice(0, 5).map(row))
      : element("p", { className: "empty", textContent: "Nothing to show yet." }));
}

let asked = 0; // only the newest question's answer is shown

async function recommend() {
  const question = ++asked;
  const surfaces = product ? ["pdp"] : category ? ["category"] : [];
  if (cart.length) surfaces.push("cart");
  surfaces.push("home");
  const page = await call("/v1/recommendations", { surfaces, anonymous_id: visitor, limit: 5,
    item_id: product ? product.item_id : undefined, cart: cart.map(item => item.item_id),
    context: category && !product ? { category } : undefined });
  if (question === asked) at("surfaces").replaceChildren(...page.answers.map(panel));
}

async function view(item) {
  product = item;
  at("page").hidden = false;
  at("shelf").hidden = true;
  at("product").replaceChildren(picture(item), element("h2", { textContent: item.title }),
    element("p", { className: "price", textContent: money(item.price) }),
    element("button", { className: "action", textContent: "Add to cart", onclick: () => add(item) }),
    element("button", { className: "action plain", textContent: "Back to the shelf", onclick: () => browse(category) }));
  await record("view_item", { items: [{ item_id: item.item_id, price: item.price }], currency: shop.currency });
  await recommend();
}

async function add(item) {
  if (!cart.some(line => line.item_id === item.item_id)) cart.push(item);
  showCart();
  await record("add_to_cart", { items: [{ item_id: item.item_id, price: item.price }], currency: shop.currency });
  await recommend();
}

async function buy() {
  const items = cart.splice(0).map(item => ({ item_id: item.item_id, quantity: 1, price: item.price }));
  showCart();
  await record("purchase", { items, currency: shop.currency, transaction_id: "demo-" + Date.now() });
  await recommend();
}

function showCart() {
  sessionStorage.cart = JSON.stringify(cart);
  at("cart").replaceChildren(...(cart.length ? cart.map(item => element("li", { textContent: `${item.title}, ${money(item.price)}` }))
    : [element("li", { className: "empty", textContent: "The cart is empty." })]));
  at("buy").disabled = !cart.length;
}

async function browse(path) {
  category = path;
  product = null;
  const listed = await call("/demo/shop.json?category=" + encodeURIComponent(path));
  shop = listed;
  at("page").hidden = true;
  at("shelf").hidden = false;
  at("shelf-title").textContent = path || "Bestselling and new";
  at("categories").replaceChildren(...["", ...listed.categories].map(name => {
    const button = element("button", { textContent: name.split(" > ").pop() || "All", onclick: () => browse(name) });
    button.setAttribute("aria-current", String(name === path));
    return element("li", {}, button);
  }));
  at("products").replaceChildren(...listed.products.map(tile));
  await recommend();
}

async function begin() {
  at("visitor").textContent = "You are visitor " + visitor;
  await browse("");
  showCart();
  at("buy").onclick = buy;
}

addEventListener("unhandledrejection", event => {
  at("visitor").textContent = "The shop does not answer: " + event.reason.message;
});
begin();
