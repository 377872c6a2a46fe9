using System.Buffers;
using System.Globalization;
using System.Text;
using ModelOps.Core.Artifacts;

namespace ModelOps.Core.Fingerprinting;

/// <summary>
/// The typed fields that a key is made of. Values are kept as canonical JSON, so <c>1e-4</c> and <c>0.0001</c> are one value, and the
/// order of adding means nothing. A name is added once; null values are written, because "not set" is a value too.
/// </summary>
public sealed class KeyFields
{
    public const int Format = 1;

    private readonly SortedDictionary<string, byte[]> _values = new(StringComparer.Ordinal);

    public IEnumerable<string> Names => _values.Keys;

    public KeyFields Add(string name, string? value) => AddRaw(name, value is null ? "null"u8.ToArray() : Quoted(value));

    public KeyFields Add(string name, bool value) => AddRaw(name, Encoding.ASCII.GetBytes(value ? "true" : "false"));

    public KeyFields Add(string name, int value) => Add(name, (long)value);

    public KeyFields Add(string name, long value) => AddRaw(name, Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture)));

    public KeyFields Add(string name, ulong value) => AddRaw(name, Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture)));

    public KeyFields Add(string name, double value) => AddRaw(name, Encoding.ASCII.GetBytes(CanonicalJson.Number(value)));

    public KeyFields Add(string name, Digest value) => Add(name, value.ToString());

    public KeyFields Add(string name, ActionKey value) => Add(name, value.ToString());

    /// <summary>A list whose order counts; sort it first where it does not.</summary>
    public KeyFields Add(string name, IEnumerable<string> values) => AddRaw(name, List(values.Select(Quoted)));

    public KeyFields Add(string name, KeyFields nested) => AddRaw(name, nested.ToCanonicalJson());

    public KeyFields Add(string name, IEnumerable<KeyFields> values) => AddRaw(name, List(values.Select(v => v.ToCanonicalJson())));

    /// <summary>A parsed JSON value; numbers enter as doubles, so <c>10000</c> and <c>10000.0</c> are one value.</summary>
    public KeyFields Add(string name, JsonItem value) => AddRaw(name, Normalize(value));

    public bool Has(string name) => _values.ContainsKey(name);

    /// <summary>Canonical JSON of one field.</summary>
    public string Value(string name) => Encoding.UTF8.GetString(_values[name]);

    public byte[] ToCanonicalJson()
    {
        var target = new ArrayBufferWriter<byte>();
        target.Write("{"u8);
        bool first = true;
        foreach ((string name, byte[] value) in _values)
        {
            target.Write(first ? ""u8 : ","u8);
            first = false;
            CanonicalJson.Write(name, target);
            target.Write(":"u8);
            target.Write(value);
        }

        target.Write("}"u8);
        return target.WrittenSpan.ToArray();
    }

    /// <summary>SHA-256 of <c>{"fields":…,"format":1,"stage":…}</c>.</summary>
    public ActionKey ToKey(string stage) => new(Digest.Of(
        new KeyFields().Add("fields", this).Add("format", Format).Add("stage", stage).ToCanonicalJson()));

    /// <summary>Fields of an object that <see cref="ToCanonicalJson"/> wrote.</summary>
    public static KeyFields Parse(JsonItem item) => From(item);

    /// <inheritdoc cref="Parse"/>
    internal static KeyFields From(JsonItem item)
    {
        var fields = new KeyFields();
        foreach (JsonMember member in item.Members())
        {
            var value = new ArrayBufferWriter<byte>();
            CanonicalJson.Write(member.Value, value);
            fields.AddRaw(member.Name, value.WrittenSpan.ToArray());
        }

        return fields;
    }

    private KeyFields AddRaw(string name, byte[] value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (!_values.TryAdd(name, value))
        {
            throw new ArgumentException($"The field '{name}' was added twice.", nameof(name));
        }

        return this;
    }

    private static byte[] Normalize(JsonItem item)
    {
        switch (item.Kind)
        {
            case JsonKind.Object:
                var nested = new KeyFields();
                foreach (JsonMember member in item.Members())
                {
                    nested.AddRaw(member.Name, Normalize(member.Value));
                }

                return nested.ToCanonicalJson();
            case JsonKind.Array:
                return List(item.Items().Select(Normalize));
            case JsonKind.Number:
                return Encoding.ASCII.GetBytes(item.TryGetInt64(out long whole)
                    ? whole.ToString(CultureInfo.InvariantCulture)
                    : CanonicalJson.Number(item.GetDouble()));
            default:
                var target = new ArrayBufferWriter<byte>();
                CanonicalJson.Write(item, target);
                return target.WrittenSpan.ToArray();
        }
    }

    private static byte[] Quoted(string text)
    {
        var target = new ArrayBufferWriter<byte>();
        CanonicalJson.Write(text, target);
        return target.WrittenSpan.ToArray();
    }

    private static byte[] List(IEnumerable<byte[]> items)
    {
        var target = new ArrayBufferWriter<byte>();
        target.Write("["u8);
        bool first = true;
        foreach (byte[] item in items)
        {
            target.Write(first ? ""u8 : ","u8);
            first = false;
            target.Write(item);
        }

        target.Write("]"u8);
        return target.WrittenSpan.ToArray();
    }
}
