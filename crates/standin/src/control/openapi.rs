//! The description of the API, made from the list that routes it (OpenAPI 3.1).

use serde_json::{Map, Value, json};

use super::{OPERATIONS, Operation, PREFIX, answers, fields};

/// The document.
pub(crate) fn document(server: &str) -> Value {
    let mut paths = Map::new();
    for operation in OPERATIONS {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        if let Value::Object(path) = path {
            path.insert(operation.method.to_ascii_lowercase(), describe(operation));
        }
    }
    let mut schemas = answers::components();
    let message = json!({
        "type": "object",
        "required": ["message", "next"],
        "properties": {
            "message": { "type": "string", "description": "what happened" },
            "next": { "type": "string", "description": "what to do" },
        },
    });
    schemas.insert(
        "Error".to_owned(),
        json!({ "type": "object", "required": ["error"], "properties": { "error": message } }),
    );
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Keyway control API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Turns what a test may turn in a running stand-in. Everything is scoped to a tenant, and a change holds from the next request.",
        },
        "servers": [{ "url": format!("{server}{PREFIX}") }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": { "controlToken": { "type": "http", "scheme": "bearer", "description": "needed when the stand-in was started with one" } },
        },
        "security": [{}, { "controlToken": [] }],
    })
}

fn describe(operation: &Operation) -> Value {
    let in_path = operation
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameters: Vec<Value> = in_path
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .chain(operation.query.iter().map(|(name, meaning)| {
            json!({ "name": name, "in": "query", "description": meaning, "schema": { "type": "string" } })
        }))
        .collect();
    let error = json!({ "description": "What happened, and the next step", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } } });
    let mut answer = json!({ "description": operation.summary });
    if let Some(schema) = answers::of(operation.id) {
        answer["content"] = json!({ "application/json": { "schema": schema } });
    }
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "parameters": parameters,
        "responses": { "2XX": answer, "default": error },
    });
    if let Some(example) = operation
        .body
        .and_then(|body| serde_json::from_str::<Value>(body).ok())
    {
        described["requestBody"] = json!({
            "required": true,
            "content": { "application/json": { "schema": schema(operation), "example": example } },
        });
    }
    described
}

/// Every field with what it means. Which fields must be there is for the operation to say: a patch has none.
fn schema(operation: &Operation) -> Value {
    let described = fields::of(operation.id).iter().map(|(name, kind, meaning)| {
        let mut schema = kind.schema(operation.method == "PATCH");
        schema["description"] = json!(meaning);
        ((*name).to_owned(), schema)
    });
    let described: Map<String, Value> = described.collect();
    json!({ "type": "object", "properties": described, "additionalProperties": false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_described() {
        let document = document("https://localhost:8443");
        for operation in OPERATIONS {
            let described = &document["paths"][operation.path][operation.method.to_ascii_lowercase()];
            assert_eq!(described["operationId"], operation.id);
            assert_eq!(
                described["requestBody"].is_object(),
                operation.body.is_some(),
                "{}",
                operation.id
            );
            let example = operation
                .body
                .map(|body| serde_json::from_str::<Value>(body).unwrap());
            let known: Vec<&str> = fields::of(operation.id).iter().map(|field| field.0).collect();
            assert_eq!(known.is_empty(), example.is_none(), "{}", operation.id);
            for name in example.iter().filter_map(Value::as_object).flat_map(Map::keys) {
                assert!(known.contains(&name.as_str()), "{}: {name}", operation.id);
            }
        }
        let settings = &document["paths"]["/tenants/{tenant}/settings"]["patch"]["requestBody"];
        let schema = &settings["content"]["application/json"]["schema"];
        assert_eq!(
            schema["properties"]["user_consent"]["type"],
            json!(["string", "null"])
        );
        let named = &document["paths"]["/tenants/{tenant}/snapshots/{name}"]["put"]["parameters"];
        assert_eq!(named.as_array().unwrap().len(), 2);
    }
}
