#!/bin/bash
# The demo: every simulated vendor, a service on SQLite in a temporary folder, and the commands that an
# operator types. What it says is checked: it ends with 1 when something is not so. On a terminal, or with
# KEEP=1, service and vendors go on at its end until Ctrl-C. What it starts is stopped however it ends.
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/demo/stage.sh

# Statuses of orders at BaseLinker.
NEW=8069 SENT=8071 CANCELLED=8072
ORDERS=250 NEW_ORDERS=12

begin() {
    say "Six simulated vendors, and a service on SQLite in an empty folder"
    start_vendors "$ORDERS"
    start_service
    echo "vendors   $SIMULATORS_URL/_sim/stats"
    echo "service   $WINDLASS_URL"
    echo "windlass  target/debug/windlass"
}

install() {
    say "A connector is one .wasm file. It gets what it asks for and nothing else (without --yes you are asked)"
    run windlass connector install target/connectors/baselinker.wasm --yes
    for name in itsperfect cloudspot brani restigo optimakers optimakers-baselinker restigo-daily; do
        run_quietly windlass connector install "target/connectors/$name.wasm" --yes
        tail -n 1 "$folder/out"
    done
}

connect() {
    say "Connect six accounts. The service encrypts their secrets; connectors never see them"
    run_quietly windlass connection create shop --connector baselinker \
        --set base_url="$BASELINKER_URL" --secret token=env:BASELINKER_TOKEN
    run_quietly windlass connection create fashion --connector itsperfect \
        --set base_url="$ITSPERFECT_URL" --set active=true --set create_orders=true --set get_stock=true \
        --set 'locations=[{"location":"Utrecht","warehouse":3}]' \
        --set 'accounts=[{"account":"web-nl","warehouse":3}]' \
        --secret username=env:ITSPERFECT_USERNAME --secret password=env:ITSPERFECT_PASSWORD \
        --secret token=env:ITSPERFECT_TOKEN
    run_quietly windlass connection create company --connector cloudspot \
        --set base_url="$CLOUDSPOT_URL" --set application="$CLOUDSPOT_APPLICATION" \
        --secret token=env:CLOUDSPOT_TOKEN
    run_quietly windlass connection create packing --connector brani \
        --set base_url="$BRANI_URL" --set auth_url="$BRANI_AUTH_URL" --set app_url="$BRANI_APP_URL" \
        --secret token=env:BRANI_TOKEN --secret email=env:BRANI_EMAIL --secret password=env:BRANI_PASSWORD
    run_quietly windlass connection create supplier --connector restigo \
        --set base_url="$RESTIGO_URL" --set 'customer_numbers=["556781","123"]' \
        --secret token=env:RESTIGO_TOKEN
    run_quietly windlass connection create erp --connector optimakers \
        --set base_url="$OPTIMAKERS_URL" --set requests_per_minute=600 \
        --secret api_key=env:OPTIMAKERS_API_KEY
}

read_all() {
    say "Read everything"
    run windlass sync shop orders
    claim_printed "each order was written once, however often pages showed it" " $ORDERS written"
    for connection in shop fashion company packing supplier erp; do
        run_quietly windlass sync "$connection"
    done
    run windlass stream list
    claim "every stream was read" 0 "$(grep -c 'not read yet\|stopped\|paused\| off ' "$folder/out" || true)"
    run windlass records shop orders --limit 3
    run windlass changes shop orders --limit 3
    say "Again: nothing is new, so nothing is written"
    run windlass sync shop orders
    claim_printed "nothing was written" " 0 written, 0 deleted"
    claim "one record and one change for each order" "$ORDERS $ORDERS" \
        "$(records shop orders) $(changes shop orders)"
}

act() {
    say "An action at each vendor"
    local first
    first=$(windlass records shop orders --limit 1 --format ndjson | member order_id)
    run windlass act shop set-order-status --input "{\"order_id\": $first, \"status_id\": $CANCELLED}"
    claim "the order is cancelled at BaseLinker" "$CANCELLED" "$(vendors "orders/$first" | member status)"

    cat >"$folder/web-17.json" <<'END'
{"account": "web-nl", "reference": "WEB-17", "order": {"orderType": "2", "customerId": "9", "currency": "EUR",
 "items": [{"barcode": "8719001001007", "quantity": 1, "price": "21.60"}]}}
END
    run windlass act fashion create-order --input "@$folder/web-17.json" --key web-17
    run windlass act fashion create-order --input "@$folder/web-17.json" --key web-17
    claim "the same key twice is one order at ItsPerfect" 13 "$(held_by itsperfect orders)"

    printf '{"username": "%s", "password": "%s"}' "$CLOUDSPOT_USERNAME" "$CLOUDSPOT_PASSWORD" >"$folder/login.json"
    run windlass act company authenticate --input "@$folder/login.json"
    rm "$folder/login.json"
    claim "a user is signed in at Cloudspot" 1 "$(held_by cloudspot signed-in)"

    brani_order >"$folder/1001.json"
    run windlass act packing upsert-order --input "@$folder/1001.json"
    claim "Brani has the order" 1 "$(held_by brani orders)"

    run windlass act supplier create-pricing --input '{"name": "Summer 2027"}'
    claim "Restigo has one price list more" 3 "$(held_by restigo price-lists)"

    run windlass act erp create-order --input '{"reference": "PHONE-1", "status": 3, "currency": 61, "lines": []}'
    claim "Optimakers has one order more" 4 "$(held_by optimakers orders)"
}

# What a vendor holds: a count of its statistics.
held_by() { vendors stats | tr -d '\n' | sed -E 's/.*"'"$1"'":\{([^}]*)\}.*/\1/' | member "$2"; }

brani_order() {
    cat <<'END'
{"code": "1001", "creationTime": "2024-06-02T08:14:35+02:00", "email": "jana@example.cz", "phone": "+420 600 000 000",
 "deliveryAddress": {"fullName": "Jana Nováková"}, "notes": {}, "status": {"id": -1},
 "billingAddress": {"fullName": "Jana Nováková", "street": "Dlouhá 1", "city": "Praha", "zip": "110 00", "countryCode": "CZ"},
 "price": {"toPay": "0", "withVat": "249.90", "currencyCode": "CZK"},
 "items": [{"code": "A1", "name": "Čaj", "amount": "2", "amountUnit": "ks", "weight": "0.250", "itemType": "product",
            "productGuid": null, "itemPriceWithVat": "249.90"}]}
END
}

webhooks() {
    say "Webhooks: Brani packs an order and tells the service so"
    run windlass act packing register-webhooks \
        --input '{"events": ["balic_packed", "package_number", "status_change", "order_history"]}'
    vendors brani/pack '{"order": "1001", "push": true}' >"$folder/pushed"
    claim "Brani pushed four events, and each was taken" "4 4" \
        "$(member pushes <"$folder/pushed") $(member received <"$folder/pushed")"
    soon "each delivery is processed" 4 deliveries processed
    soon "the events are records" 4 records packing webhook-events
    soon "and nothing is left to do" 0 unfinished packing
    run windlass delivery list packing
    run windlass records packing webhook-events

    say "Events whose push never came are found by the next sweep"
    vendors brani/pack '{"order": "1001", "push": false}' >"$folder/pushed"
    run windlass sync packing webhook-events
    claim_printed "the sweep brought the four that nobody told of" " 4 written"
    claim "no event came twice" "8 8" \
        "$(records packing webhook-events) $(changes packing webhook-events)"
}

deliveries() { windlass delivery list packing --state "$1" --limit 100 | grep -c "  $1" || true; }

flow() {
    say "A flow carries the shop's new orders into the ERP, and their status back"
    run windlass flow create integration --flow optimakers-baselinker \
        --connect baselinker=shop --connect optimakers=erp \
        --set baselinkerOrderStatusToImport="$NEW" --set baselinkerOrderStatusToSend="$SENT" \
        --set optimesOrderStatus=3 --set 'vatRates=[{"baselinker": 23, "optimakers": 51}]' \
        --set 'currencies=[{"baselinker": "PLN", "optimakers": 61}]'
    soon "the $NEW_ORDERS new orders are in Optimakers" $((4 + NEW_ORDERS)) held_by optimakers orders

    say "An order arrives in the shop"
    local order
    order=$(vendors orders "{\"add\": {\"status\": $NEW}}" | member order)
    run windlass sync shop orders
    soon "order $order is in Optimakers, once" 1 in_optimakers "$order"

    say "It is realised in Optimakers"
    vendors optimakers/realise "{\"reference\": \"$order\"}" >"$folder/realised"
    run windlass sync erp orders
    soon "BaseLinker's order is sent" "$SENT" status_of "$order"

    say "The status that the flow set comes back to it as a change, and leads to nothing more"
    run windlass sync shop orders
    run windlass changes shop orders --after "$ORDERS"
    soon "the flow has seen every change" 2 feeds_followed
    claim "it asked for one order and one status in all" "$((1 + NEW_ORDERS)) 1" \
        "$(asked_by_flows create-order) $(asked_by_flows set-order-status)"
    run windlass flow check integration
}

# Streams of which the flow has seen every change.
feeds_followed() { windlass flow show integration --json | grep -o '"behind":0' | wc -l | tr -d ' '; }
# Runs of an action that no person asked for.
asked_by_flows() {
    windlass run list --kind action --limit 100 --json | tr '{' '\n' |
        { grep "\"action\":\"$1\"" || true; } | { grep '"trigger":"flow"' || true; } | wc -l | tr -d ' '
}

# The orders of Optimakers that an order of BaseLinker became.
in_optimakers() { vendors "optimakers/orders/$1" | { grep -o '[0-9][0-9]*' || true; } | wc -l | tr -d ' '; }
status_of() { vendors "orders/$1" | member status; }

# A stream that is built of what was pushed, and its files delivered: one for each customer and day.
daily() {
    say "A second flow delivers a file of each customer's documents once their day is over"
    local day
    day=$(date -u -d '2 days ago' +%F 2>/dev/null || date -u -v-2d +%F)
    run_quietly windlass connection set supplier \
        --set 'customers=["23101"]' --set documents_url="$RESTIGO_URL/documents"
    run windlass flow create daily --flow restigo-daily --connect restigo=supplier
    document 193320 "$day" >"$folder/193320.json"
    run windlass act supplier push-documents --input "@$folder/193320.json"
    run windlass sync supplier daily-documents
    soon "the file was taken" 1 files_taken

    say "A document that comes late changes its day's file, which goes out again under the same name"
    document 193321 "$day" >"$folder/193321.json"
    run windlass act supplier push-documents --input "@$folder/193321.json"
    run windlass sync supplier daily-documents
    soon "it was taken again" 2 files_taken
    run windlass changes supplier daily-documents
    claim "it is one file" "1 1" "$(records supplier daily-documents) $(held_by restigo files)"
}

# document NUMBER DAY
document() {
    cat <<END
{"account_code": "23101", "documents": [{"doc_type": 11, "doc_num": $1,
 "document_date": "$2", "value_date": "$2", "supply_date": "$2",
 "lines": [{"package": 3, "quantity": 27, "item_sku": "100106", "price": 10}]}]}
END
}

files_taken() {
    windlass run list --connection supplier --kind action --state succeeded --limit 100 |
        { grep deliver-documents || true; } | wc -l | tr -d ' '
}

swap() {
    say "Swap a connector for its next version while the service runs, and go back"
    run windlass connector install target/connectors/baselinker-next.wasm --yes
    run windlass sync shop orders
    claim_printed "the new version goes on where the old one was" " 0 written, 0 deleted"
    run windlass connector rollback baselinker
    run windlass sync shop orders
    claim_printed "and so does the old one" " 0 written, 0 deleted"
    run windlass connector list
}

look_back() {
    say "What the vendors saw"
    run windlass limit list shop
    vendors table | tee "$folder/table"
    claim "no vendor's rule was broken" 0 "$(tail -n +2 "$folder/table" | awk '{ sum += $3 } END { print sum }')"
    claim "nothing failed, nothing is held" "there is no such run there is no such run" \
        "$(windlass run list --state failed) $(windlass run list --state held)"
    claim "no secret stands in the service's folder or log" 0 "$(secrets_found)"
}

# How many of the vendors' secrets stand in a file of the service.
secrets_found() {
    local found=0 name
    for name in $(sed -nE 's/^(.*_(TOKEN|PASSWORD|API_KEY))=.*/\1/p' "$folder/vendors"); do
        if grep -raqF -- "${!name}" "$folder/data" "$folder/serve.log"; then found=$((found + 1)); fi
    done
    echo "$found"
}

look_around() {
    if goes_on; then
        say "The service is at $WINDLASS_URL, and goes on until Ctrl-C. In another terminal:"
        cat <<END
  export WINDLASS_URL=$WINDLASS_URL
  export WINDLASS_TOKEN=$WINDLASS_TOKEN
  target/debug/windlass stream list
  target/debug/windlass changes shop orders --follow
  target/debug/windlass help

  target/debug/simulators ask $SIMULATORS_URL/_sim/orders '{"add": {"status": $NEW}}'
                                  an order arrives in the shop; the next sync finds it
END
        go_on
    fi
    say "Go on"
    cat <<'END'
  KEEP=1 make demo                leaves service and vendors running, to look around
  target/debug/windlass serve     starts a service of your own, in ./windlass-data
  plugins/                        the sources of these connectors
  make test                       shows that what is promised holds
END
}

begin
install
connect
read_all
act
webhooks
flow
daily
swap
look_back
look_around
