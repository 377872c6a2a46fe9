using System.Buffers;
using System.Buffers.Text;
using System.Text;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Evaluation.Statistics;

namespace ModelOps.Core.Evaluation;

/// <summary>
/// Canonical JSON as it is written, for files of many rows: whoever names members names them in ordinal order, which is checked, so that nothing has to be read
/// and sorted afterwards. Half a surrogate pair is U+FFFD.
/// </summary>
internal sealed class OrderedJsonWriter
{
    private static readonly SearchValues<byte> s_escaped = SearchValues.Create([.. Enumerable.Range(0, 32).Select(b => (byte)b), (byte)'"', (byte)'\\']);

    private readonly ArrayBufferWriter<byte> _target = new(1 << 16);
    private readonly Stack<string?> _names = [];
    private string? _name; // the last one of the innermost object
    private bool _separate;

    /// <summary>What was written; it does not outlive the next member.</summary>
    public ReadOnlyMemory<byte> Written => _target.WrittenMemory;

    public OrderedJsonWriter Name(string name)
    {
        if (_name is not null && string.CompareOrdinal(_name, name) >= 0)
        {
            throw new InvalidOperationException($"'{name}' comes before '{_name}'.");
        }

        Text(name);
        _name = name;
        Put(":"u8);
        _separate = false;
        return this;
    }

    public void Object(Action members)
    {
        Begin("{"u8);
        _names.Push(_name);
        _name = null;
        members();
        _name = _names.Pop();
        End("}"u8);
    }

    public void Array<T>(IEnumerable<T> items, Action<T> write)
    {
        Begin("["u8);
        foreach (T item in items)
        {
            write(item);
        }

        End("]"u8);
    }

    public void Objects<T>(IEnumerable<T> items, Action<T> members) => Array(items, item => Object(() => members(item)));

    public void Text(string text)
    {
        Separate();
        Span<byte> room = _target.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length) + 2);
        int length = Encoding.UTF8.GetBytes(text, room[1..]);
        if (room.Slice(1, length).ContainsAny(s_escaped))
        {
            JsonStrings.WriteQuoted(room.Slice(1, length).ToArray(), _target);
        }
        else
        {
            room[0] = room[length + 1] = (byte)'"';
            _target.Advance(length + 2);
        }

        _separate = true;
    }

    public void Number(long value)
    {
        Separate();
        Utf8Formatter.TryFormat(value, _target.GetSpan(32), out int length);
        _target.Advance(length);
        _separate = true;
    }

    /// <param name="value">Finite.</param>
    public void Number(double value)
    {
        // Most scores are 0 or 1.
        if (value is 0 or 1)
        {
            Number((long)value);
            return;
        }

        Separate();
        int length = Encoding.ASCII.GetBytes(CanonicalJson.Number(value), _target.GetSpan(32));
        _target.Advance(length);
        _separate = true;
    }

    /// <summary>Canonical JSON of one value.</summary>
    public void Raw(ReadOnlySpan<byte> json)
    {
        Separate();
        Put(json);
        _separate = true;
    }

    /// <summary>Nothing at all for null.</summary>
    public void Optional(string name, string? value)
    {
        if (value is not null)
        {
            Name(name).Text(value);
        }
    }

    /// <inheritdoc cref="Optional(string, string?)"/>
    public void Optional(string name, double? value)
    {
        if (value is { } number)
        {
            Name(name).Number(number);
        }
    }

    /// <summary>A limit of an interval; null where it is infinite.</summary>
    public void Limit(string name, double value)
    {
        Name(name);
        if (double.IsFinite(value))
        {
            Number(value);
        }
        else
        {
            Raw("null"u8);
        }
    }

    private void Begin(ReadOnlySpan<byte> bracket)
    {
        Separate();
        Put(bracket);
        _separate = false;
    }

    private void End(ReadOnlySpan<byte> bracket)
    {
        Put(bracket);
        _separate = true;
    }

    private void Separate()
    {
        if (_separate)
        {
            Put(","u8);
        }
    }

    private void Put(ReadOnlySpan<byte> bytes) => _target.Write(bytes);
}
