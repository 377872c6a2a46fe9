using System.Text.Json;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Serve;

/// <summary><c>GET /v1/models</c>.</summary>
internal static class ModelsJson
{
    // A package has no time of its own: its bytes are the same whenever they are made.
    private const long Created = 1577836800; // 2020-01-01T00:00:00Z, as in the packages

    public static byte[] List(ServedModels models) => ChatJson.Bytes(json =>
    {
        json.WriteStartObject();
        json.WriteString("object", "list");
        json.WriteStartArray("data");
        foreach ((string name, ServedModel _) in models.Names)
        {
            Write(json, name);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <exception cref="ApiError">404: nobody has this name.</exception>
    public static byte[] One(ServedModels models, string name) => models.Find(name) is not null ? ChatJson.Bytes(json => Write(json, name))
        : throw new ApiError(404, $"There is no model '{ForeignText.Clean(name, 100)}'.", "model", "model_not_found");

    private static void Write(Utf8JsonWriter json, string name)
    {
        json.WriteStartObject();
        json.WriteString("id", name);
        json.WriteString("object", "model");
        json.WriteNumber("created", Created);
        json.WriteString("owned_by", "modelops");
        json.WriteEndObject();
    }
}
