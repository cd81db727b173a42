/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/robots.h"

#include <assert.h>
#include <sodium.h>
#include <stdatomic.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/time.h"
#include "ingest/acting.h"
#include "ingest/agents.h"

enum {
    SLOTS_FIRST = 1024,
    DAY_S = 24 * 3600,
    YEAR_S = 365 * DAY_S,
    SAME_PAGE_S = 1,
    SWEEP_S = SESSION_GAP_MS / MS_SECOND,
    HUNDREDTH_MS = 10,
    AGENTS_CACHED = 4096,
    VERSION = 2,
};

/* What a row's `marks` say: of the visitor, and of the session. */
enum {
    MARK_WHY = 3,      /* enum robot_why */
    MARK_ACTED = 4,    /* it has an act */
    MARK_EARLY = 8,    /* it had one by its ROBOT_ACTING_PAGES-th page */
    MARK_COUNTED = 16, /* it is among the sessions counted */
    MARK_PAGES = 32,   /* it sends page_view */
};

static const uint64_t key_gone = UINT64_MAX; /* of a row that was removed */

struct watched {
    uint64_t key; /* 0: an empty slot */
    uint32_t last_s;
    uint32_t until_s; /* end of the mark */
    uint16_t hour, day;
    uint8_t minute;
    uint8_t hundredth; /* of the second, of the last event */
    uint8_t pages;     /* of its session */
    uint8_t marks;
    uint32_t page;   /* hash of the URL of the last page; 0: it had none */
    uint32_t page_s; /* its time */
};
_Static_assert(sizeof(struct watched) == 32, "rows are saved as they are");
_Static_assert((int)ROBOT_MINUTE_MAX <= UINT8_MAX && (int)ROBOT_DAY_MAX <= UINT16_MAX &&
                   (int)ROBOT_PAGES_MAX <= UINT8_MAX && (int)ROBOT_WHYS <= MARK_WHY + 1,
               "a row has room for what it counts");

struct robots {
    struct watched *slots;
    uint32_t slot_count, slots_max; /* powers of two, or 0 */
    uint32_t used;                  /* slots that are not empty */
    uint32_t newest_s;              /* of any event */
    uint64_t events;                /* of robots */
    struct acting acting;           /* sessions of ROBOT_ACTING_PAGES pages and more */
    _Atomic uint64_t *agents;       /* hashes, the lowest bit for what was found; 0: none */
    uint8_t agents_keys[2][crypto_shorthash_KEYBYTES]; /* of those hashes, the second for vouched */
};

const char *robot_word(enum robot_why why)
{
    switch (why) {
    case ROBOT_KNOWN: return "known";
    case ROBOT_FAST: return "fast";
    case ROBOT_SILENT: return "silent";
    case ROBOT_NOT:
    case ROBOT_WHYS: break;
    }
    return NULL;
}

const char *robot_meaning(enum robot_why why)
{
    switch (why) {
    case ROBOT_KNOWN: return "its user agent says so";
    case ROBOT_FAST: return "it sends more events than a person can";
    case ROBOT_SILENT: return "it looked at many pages without one act of a person";
    case ROBOT_NOT:
    case ROBOT_WHYS: break;
    }
    return NULL;
}

/* Does its agent say so? Agents come again and again. What is remembered changes no answer, so that any
 * thread may; nor may it when somebody makes up agents: the hash is keyed, so that none is made to be taken
 * for another. */
static bool is_known(const struct robots *r, const struct event *e)
{
    const uint64_t found = 1;
    bool vouched = (e->flags & EVENT_VERIFIED) != 0;

    if (e->user_agent.size == 0)
        return false;
    uint64_t hash;
    (void)crypto_shorthash((uint8_t *)&hash, (const uint8_t *)e->user_agent.data,
                           e->user_agent.size, r->agents_keys[vouched]); /* always 0 */
    hash &= ~found;
    _Atomic uint64_t *place = &r->agents[(hash >> 1) % AGENTS_CACHED];
    uint64_t cached = atomic_load_explicit(place, memory_order_relaxed);
    if (cached != 0 && (cached & ~found) == hash)
        return (cached & found) != 0;
    bool robot = agent_is_robot(e->user_agent, vouched);
    atomic_store_explicit(place, hash | robot, memory_order_relaxed);
    return robot;
}

/* --- the table --- */

struct robots *robots_new(void)
{
    return robots_new_bounded(ROBOT_SLOTS_MAX);
}

struct robots *robots_new_bounded(uint32_t slots_max)
{
    struct robots *r = mem_new(1, sizeof(*r));

    assert(slots_max >= SLOTS_FIRST && slots_max <= ROBOT_SLOTS_MAX &&
           (slots_max & (slots_max - 1)) == 0);
    r->slots_max = slots_max;
    r->agents = mem_new(AGENTS_CACHED, sizeof(*r->agents));
    for (int i = 0; i < 2; i++)
        crypto_shorthash_keygen(r->agents_keys[i]);
    return r;
}

void robots_free(struct robots *r)
{
    if (r == NULL)
        return;
    mem_free(r->slots);
    mem_free(r->agents);
    mem_free(r);
}

/* Of a key that is not none. */
static uint64_t row_key(struct shopper_key key)
{
    return key.hash[0] == 0 || key.hash[0] == key_gone ? 1 : key.hash[0];
}

static bool is_none(struct shopper_key key)
{
    return key.hash[0] == 0 && key.hash[1] == 0;
}

/* The slot of `key`, or the empty one where it belongs. */
static struct watched *slot_of(const struct robots *r, uint64_t key)
{
    uint32_t mask = r->slot_count - 1;
    uint32_t at = (uint32_t)key & mask;

    while (r->slots[at].key != 0 && r->slots[at].key != key)
        at = (at + 1) & mask;
    return &r->slots[at];
}

static struct watched *row_find(const struct robots *r, struct shopper_key key)
{
    if (r->slot_count == 0 || is_none(key))
        return NULL;
    struct watched *row = slot_of(r, row_key(key));
    return row->key == 0 ? NULL : row;
}

/* --- sessions --- */

static bool is_marked(const struct watched *row)
{
    return (row->marks & MARK_WHY) != 0 && row->last_s < row->until_s;
}

/* Does the session count, now that it is over or known to be a person's? */
static bool session_counts(const struct watched *row)
{
    return row->pages >= ROBOT_ACTING_PAGES && (row->marks & MARK_COUNTED) == 0;
}

static void session_ends(struct robots *r, struct watched *row)
{
    if (!is_marked(row) && session_counts(row))
        acting_session(&r->acting, (row->marks & MARK_EARLY) != 0);
    row->pages = 0;
    row->marks &= MARK_WHY;
}

/* Sessions of those who did not come back end here. */
static void sweep(struct robots *r)
{
    for (uint32_t i = 0; i < r->slot_count; i++) {
        struct watched *row = &r->slots[i];

        if (row->pages > 0 && row->last_s < r->newest_s && r->newest_s - row->last_s >= SWEEP_S)
            session_ends(r, row);
    }
}

static void time_goes_on(struct robots *r, uint32_t time_s)
{
    bool turn = time_s / SWEEP_S > r->newest_s / SWEEP_S;

    if (time_s > r->newest_s)
        r->newest_s = time_s;
    if (turn)
        sweep(r);
}

/* Who was not heard of for a day has no window that still counts. Of marks all stay, unless the table is
 * too full of them: `round` counts how often that was so. */
static bool stays(const struct robots *r, const struct watched *row, unsigned round)
{
    uint32_t age = r->newest_s > row->last_s ? r->newest_s - row->last_s : 0;

    if (row->key == 0 || row->key == key_gone)
        return false;
    if ((row->marks & MARK_WHY) != 0)
        return round == 0 || age < (uint32_t)YEAR_S >> round;
    return age < (uint32_t)DAY_S >> round;
}

static uint32_t staying(const struct robots *r, unsigned round)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < r->slot_count; i++)
        count += stays(r, &r->slots[i], round);
    return count;
}

static void make_room(struct robots *r)
{
    struct watched *former = r->slots;
    uint32_t former_count = r->slot_count,
             size = former_count < SLOTS_FIRST ? SLOTS_FIRST : former_count;
    unsigned round = 0;
    uint32_t count = staying(r, 0);

    if (count > size / 2 && size < r->slots_max)
        size *= 2;
    while (count > size / 2)
        count = staying(r, ++round); /* in the end nobody stays */
    r->slots = mem_new(size, sizeof(*r->slots));
    r->slot_count = size;
    for (uint32_t i = 0; i < former_count; i++)
        if (stays(r, &former[i], round))
            *slot_of(r, former[i].key) = former[i];
    r->used = count;
    mem_free(former);
}

static struct watched *row_add(struct robots *r, struct shopper_key key, uint32_t time_s,
                               bool *fresh)
{
    if ((uint64_t)r->used * 4 >= (uint64_t)r->slot_count * 3)
        make_room(r);
    struct watched *row = slot_of(r, row_key(key));
    *fresh = row->key == 0;
    if (*fresh) {
        *row = (struct watched){.key = row_key(key), .last_s = time_s};
        r->used++;
    }
    return row;
}

void robots_fetch(const struct robots *r, struct shopper_key key, enum fetch step)
{
    if (step == FETCH_NEXT && r->slot_count > 0)
        __builtin_prefetch(&r->slots[(uint32_t)row_key(key) & (r->slot_count - 1)], 1);
}

/* --- folding --- */

static uint32_t seconds_of(int64_t time_ms)
{
    int64_t seconds = time_ms / MS_SECOND;

    return seconds < 0 ? 0 : seconds > UINT32_MAX ? UINT32_MAX : (uint32_t)seconds;
}

static bool is_view(enum event_type type)
{
    return type == EVENT_page_view || type == EVENT_view_item;
}

/* What only somebody who does something sends. */
static bool is_act(enum event_type type)
{
    switch (type) {
    case EVENT_scroll:
    case EVENT_select_item:
    case EVENT_search:
    case EVENT_apply_filter:
    case EVENT_add_to_wishlist:
    case EVENT_add_to_cart:
    case EVENT_remove_from_cart:
    case EVENT_begin_checkout:
    case EVENT_notify_me: return true;
    default: return false;
    }
}

static bool is_of_visit(enum event_type type)
{
    return is_view(type) || is_act(type) || type == EVENT_view_cart || type == EVENT_view_item_list;
}

static bool is_measure(enum event_type type)
{
    return is_of_visit(type) && type != EVENT_scroll && type != EVENT_view_item_list;
}

/* Move the windows on to an event's time. Returns the milliseconds since the event before, to ten. */
static int64_t move_on(struct robots *r, struct watched *row, int64_t time_ms)
{
    uint32_t time_s = seconds_of(time_ms);
    uint8_t hundredth = (uint8_t)((uint64_t)time_ms % MS_SECOND / HUNDREDTH_MS);
    int64_t since =
        ((int64_t)time_s - row->last_s) * MS_SECOND + (hundredth - row->hundredth) * HUNDREDTH_MS;

    if (time_s / 60 != row->last_s / 60)
        row->minute = 0;
    if (time_s / 3600 != row->last_s / 3600)
        row->hour = 0;
    if (time_s / DAY_S != row->last_s / DAY_S)
        row->day = 0;
    if (since >= SESSION_GAP_MS || since <= -SESSION_GAP_MS)
        session_ends(r, row);
    row->last_s = time_s;
    row->hundredth = hundredth;
    return since;
}

static bool is_fast(struct watched *row)
{
    if (row->minute < ROBOT_MINUTE_MAX)
        row->minute++;
    if (row->hour < ROBOT_HOUR_MAX)
        row->hour++;
    if (row->day < ROBOT_DAY_MAX)
        row->day++;
    return row->minute == ROBOT_MINUTE_MAX || row->hour == ROBOT_HOUR_MAX ||
           row->day == ROBOT_DAY_MAX;
}

/* Is it another page than the last one? By its URL where both have one; else by time and by type, of which
 * view_item counts only in a session that sends no page_view: it comes with one, sooner or later. */
static bool is_page(const struct watched *row, const struct event *e, uint32_t page,
                    uint32_t time_s)
{
    if (row->pages == 0)
        return true;
    if (page != 0 && row->page != 0)
        return page != row->page && time_s != row->page_s;
    if (e->type == EVENT_view_item && (row->marks & MARK_PAGES) != 0)
        return false;
    return time_s < row->page_s || time_s - row->page_s > SAME_PAGE_S;
}

/* One more page of the session? */
static bool is_silent(struct robots *r, struct watched *row, const struct event *e)
{
    uint32_t time_s = seconds_of(e->time_ms),
             page = e->page_url.size == 0 ? 0 : (uint32_t)hash_text(e->page_url, 0) | 1;
    bool acted = (row->marks & MARK_ACTED) != 0, another = is_page(row, e, page, time_s);

    if (e->type == EVENT_page_view)
        row->marks |= MARK_PAGES;
    if (!another)
        return false;
    row->page = page;
    row->page_s = time_s;
    if (row->pages < ROBOT_PAGES_MAX && ++row->pages == ROBOT_ACTING_PAGES && acted)
        row->marks |= MARK_EARLY;
    return row->pages == ROBOT_PAGES_MAX && !acted && acting_is_sent(&r->acting);
}

/* Takes the event into the visitor's counts; the reason it gives. */
static enum robot_why watch(struct robots *r, struct watched *row, const struct event *e,
                            bool fresh)
{
    int64_t since = move_on(r, row, e->time_ms);
    bool another = fresh || since != 0;
    bool fast = is_measure(e->type) && another && is_fast(row);

    if (is_act(e->type))
        row->marks |= MARK_ACTED;
    bool silent = is_view(e->type) && is_silent(r, row, e);
    return fast ? ROBOT_FAST : silent ? ROBOT_SILENT : ROBOT_NOT;
}

static enum robot_why standing(const struct watched *row, uint32_t time_s)
{
    return row != NULL && time_s < row->until_s ? (enum robot_why)(row->marks & MARK_WHY)
                                                : ROBOT_NOT;
}

static void mark(struct watched *row, enum robot_why why, uint32_t time_s)
{
    uint32_t until_s = time_s > UINT32_MAX - ROBOT_MARK_S ? UINT32_MAX : time_s + ROBOT_MARK_S;

    row->marks = (uint8_t)((row->marks & ~(unsigned)MARK_WHY) | (unsigned)why);
    row->until_s = until_s > row->until_s ? until_s : row->until_s;
}

/* It is a person's: the session counts, also when it looked like a robot's, and goes on without doubt. */
static void lift(struct robots *r, struct watched *row)
{
    bool acted = (row->marks & MARK_EARLY) != 0;

    if (session_counts(row)) {
        acting_session(&r->acting, acted);
        acting_bought(&r->acting, acted);
    }
    row->marks = MARK_ACTED | MARK_COUNTED;
    row->until_s = 0;
    row->minute = row->pages = 0;
    row->hour = row->day = 0;
}

static enum robot_why fold_visitor(struct robots *r, struct shopper_key key, const struct event *e,
                                   bool *marked)
{
    uint32_t time_s = seconds_of(e->time_ms);
    bool known = is_known(r, e), of_visit = is_of_visit(e->type), fresh = false;
    struct watched *row = known || of_visit ? row_add(r, key, time_s, &fresh) : row_find(r, key);

    if (row == NULL)
        return ROBOT_NOT;
    enum robot_why before = standing(row, time_s);
    if (e->type == EVENT_purchase && (e->flags & EVENT_VERIFIED) != 0 && !known) {
        lift(r, row);
        return ROBOT_NOT;
    }
    enum robot_why reason = of_visit ? watch(r, row, e, fresh) : ROBOT_NOT;
    if (known)
        reason = ROBOT_KNOWN;
    if (reason != ROBOT_NOT)
        mark(row, reason, time_s);
    *marked = before == ROBOT_NOT && reason != ROBOT_NOT;
    return standing(row, time_s);
}

enum robot_why robots_fold(struct robots *r, struct shopper_key key, const struct event *e,
                           bool *marked)
{
    uint32_t time_s = seconds_of(e->time_ms);
    bool fresh_mark = false;
    enum robot_why why;

    time_goes_on(r, time_s);
    if (is_none(key))
        why = is_known(r, e) ? ROBOT_KNOWN : ROBOT_NOT;
    else
        why = fold_visitor(r, key, e, &fresh_mark);
    r->events += why != ROBOT_NOT;
    if (marked != NULL)
        *marked = fresh_mark;
    return why;
}

void robots_lift(struct robots *r, struct shopper_key key)
{
    struct watched *row = row_find(r, key);

    if (row != NULL && (row->marks & MARK_WHY) != ROBOT_KNOWN)
        lift(r, row);
}

/* --- asking, forgetting --- */

enum robot_why robots_why(const struct robots *r, struct shopper_key key, int64_t time_ms)
{
    return standing(row_find(r, key), seconds_of(time_ms));
}

bool robots_leave_out(const struct robots *r, struct shopper_key key, const struct event *e)
{
    return is_known(r, e) || robots_why(r, key, e->time_ms) != ROBOT_NOT;
}

bool robots_mark(const struct robots *r, struct shopper_key key, int64_t now_ms,
                 struct robot_mark *out)
{
    const struct watched *row = row_find(r, key);
    enum robot_why why = standing(row, seconds_of(now_ms));

    if (why == ROBOT_NOT)
        return false;
    *out = (struct robot_mark){why, (int64_t)row->until_s * MS_SECOND};
    return true;
}

/* The slot stays taken, or what lies behind it would not be found; nothing in it is of them. */
static void row_remove(struct watched *row)
{
    *row = (struct watched){.key = key_gone};
}

void robots_remove(struct robots *r, struct shopper_key key)
{
    struct watched *row = row_find(r, key);

    if (row != NULL)
        row_remove(row);
}

void robots_forget_silent(struct robots *r, int64_t before_ms)
{
    uint32_t before_s = seconds_of(before_ms);

    for (uint32_t i = 0; i < r->slot_count; i++)
        if (r->slots[i].key != 0 && r->slots[i].last_s < before_s)
            row_remove(&r->slots[i]);
}

uint64_t robots_events(const struct robots *r)
{
    return r->events;
}

uint32_t robots_count(const struct robots *r)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < r->slot_count; i++)
        count += r->slots[i].key != 0 && r->slots[i].key != key_gone;
    return count;
}

uint64_t robots_bytes(const struct robots *r)
{
    return sizeof(*r) + AGENTS_CACHED * sizeof(*r->agents) +
           (uint64_t)r->slot_count * sizeof(*r->slots);
}

/* --- checkpoint --- */

struct head {
    uint32_t version, slot_count, used, newest_s;
    uint64_t events;
    struct acting acting;
};

void robots_save(const struct robots *r, struct checkpoint_writer *w)
{
    struct head head = {.version = VERSION,
                        .slot_count = r->slot_count,
                        .used = r->used,
                        .newest_s = r->newest_s,
                        .events = r->events,
                        .acting = r->acting};

    checkpoint_add(w, "robots.head", &head, sizeof(head));
    checkpoint_add(w, "robots.slots", r->slots, r->slot_count * sizeof(*r->slots));
}

static bool sound(const struct head *head, const struct watched *slots, size_t count)
{
    uint32_t used = 0;

    if (!acting_sound(&head->acting) || count != head->slot_count || count > ROBOT_SLOTS_MAX ||
        (count & (count - 1)) != 0 || (count > 0 && count < SLOTS_FIRST))
        return false;
    for (size_t i = 0; i < count; i++)
        used += slots[i].key != 0;
    return used == head->used && (count == 0 || used < count);
}

enum status robots_load(struct robots *r, const struct checkpoint *c, struct error *err)
{
    void *slots = NULL;
    size_t size, count;
    const struct head *head = checkpoint_section(c, "robots.head", &size);

    if (head == NULL || size != sizeof(*head) || head->version != VERSION)
        return error_set(err, ERR_CORRUPT, "the checkpoint's robots are of another version");
    if (checkpoint_load(c, "robots.slots", sizeof(*r->slots), &slots, &count, err) != OK)
        return err->status;
    if (!sound(head, slots, count)) {
        mem_free(slots);
        return error_set(err, ERR_CORRUPT, "the checkpoint's robots do not fit this program");
    }
    mem_free(r->slots);
    r->slots = slots;
    r->slot_count = head->slot_count;
    r->used = head->used;
    r->newest_s = head->newest_s;
    r->events = head->events;
    r->acting = head->acting;
    return OK;
}
