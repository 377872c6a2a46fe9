using System.Text;
using System.Text.Json;

namespace ModelOps.Engine.Generation.Constraints;

/// <summary>The one spelling in which given values and property names are written: compact, and escaped only where JSON demands it.</summary>
internal static class JsonLiteral
{
    /// <exception cref="InvalidOperationException">A string inside is no Unicode text.</exception>
    internal static byte[] Of(JsonElement value)
    {
        var text = new StringBuilder();
        Write(value, text);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    internal static byte[] Of(string value)
    {
        var text = new StringBuilder();
        Write(value, text);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Write(JsonElement value, StringBuilder text)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                WriteList('{', '}', value.EnumerateObject(), property =>
                {
                    Write(property.Name, text);
                    text.Append(':');
                    Write(property.Value, text);
                });
                break;
            case JsonValueKind.Array:
                WriteList('[', ']', value.EnumerateArray(), item => Write(item, text));
                break;
            case JsonValueKind.String:
                Write(value.GetString()!, text);
                break;
            default:
                text.Append(value.GetRawText());
                break;
        }

        void WriteList<T>(char open, char close, IEnumerable<T> items, Action<T> write)
        {
            text.Append(open);
            bool first = true;
            foreach (T item in items)
            {
                if (!first)
                    text.Append(',');
                first = false;
                write(item);
            }

            text.Append(close);
        }
    }

    private static void Write(string value, StringBuilder text)
    {
        text.Append('"');
        foreach (char c in value)
        {
            text.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\b' => "\\b",
                '\f' => "\\f",
                < ' ' => $"\\u{(int)c:x4}",
                _ => c.ToString(),
            });
        }

        text.Append('"');
    }
}
