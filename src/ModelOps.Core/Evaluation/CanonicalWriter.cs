using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Evaluation.Statistics;

namespace ModelOps.Core.Evaluation;

/// <summary>Writes our own files as canonical JSON, so that the same content is the same bytes.</summary>
internal static class CanonicalWriter
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Canonical JSON of one object without a final newline.</summary>
    public static byte[] Object(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, s_options))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }

        return CanonicalJson.From(buffer.WrittenMemory);
    }

    /// <summary>A file: the object and a final newline.</summary>
    public static byte[] File(Action<Utf8JsonWriter> members) => [.. Object(members), (byte)'\n'];

    public static void Figure(this Utf8JsonWriter writer, string name, double value)
    {
        writer.WritePropertyName(name);
        writer.WriteRawValue(CanonicalJson.Number(value));
    }

    /// <summary>Nothing at all for null.</summary>
    public static void OptionalFigure(this Utf8JsonWriter writer, string name, double? value)
    {
        if (value is { } number)
        {
            writer.Figure(name, number);
        }
    }

    public static void OptionalString(this Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }

    /// <summary><c>lower</c> and <c>upper</c>; null where a limit is infinite.</summary>
    public static void Limits(this Utf8JsonWriter writer, Interval interval)
    {
        Limit("lower", interval.Lower);
        Limit("upper", interval.Upper);

        void Limit(string name, double value)
        {
            if (double.IsFinite(value))
            {
                writer.Figure(name, value);
            }
            else
            {
                writer.WriteNull(name);
            }
        }
    }

    public static void Array<T>(this Utf8JsonWriter writer, string name, IEnumerable<T> items, Action<T> members)
    {
        writer.WriteStartArray(name);
        foreach (T item in items)
        {
            writer.WriteStartObject();
            members(item);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
