using System.Text.Json;

namespace ModelOps.Engine.Models;

/// <summary>One of the small JSON files of a model or adapter folder, read as a whole.</summary>
internal static class ConfigFile
{
    /// <param name="kind">Whose file it is, for the message where it is missing.</param>
    /// <exception cref="ModelFormatException">The file is missing or no JSON object.</exception>
    internal static T Read<T>(string path, string kind, Func<ConfigReader, T> parse)
    {
        if (!File.Exists(path))
            throw new ModelFormatException(path, $"there is no such file; {kind} needs one");
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? parse(new ConfigReader(path, document.RootElement))
                : throw new ModelFormatException(path, "expected a JSON object");
        }
        catch (JsonException e)
        {
            throw new ModelFormatException(path, $"this is not JSON: {e.Message}", e, (int)(e.LineNumber + 1 ?? 0), (int)(e.BytePositionInLine + 1 ?? 0));
        }
        catch (InvalidOperationException e) // What the parser lets through: half of a surrogate pair in a string.
        {
            throw new ModelFormatException(path, $"this is not JSON: {e.Message}", e);
        }
    }
}
