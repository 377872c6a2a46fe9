using System.Buffers;

namespace ModelOps.Core.Preparing;

/// <summary>
/// A row as it is written from a record, with where in the record each part comes from, so that a message about the row can name the source's line and column. What is copied is known byte
/// by byte; what was made for the row belongs to the part before it.
/// </summary>
internal sealed class RowText
{
    private readonly ArrayBufferWriter<byte> _bytes = new(1024);
    private readonly List<Piece> _pieces = [];

    public ReadOnlySpan<byte> Written => _bytes.WrittenSpan;

    public IBufferWriter<byte> Output => _bytes;

    public void Clear()
    {
        _bytes.ResetWrittenCount();
        _pieces.Clear();
    }

    /// <summary>Text of our own.</summary>
    public RowText Literal(ReadOnlySpan<byte> text)
    {
        _bytes.Write(text);
        return this;
    }

    /// <summary>What follows stands for the part of the source at this byte.</summary>
    public RowText From(int source)
    {
        _pieces.Add(new Piece(_bytes.WrittenCount, source, 0));
        return this;
    }

    /// <summary>Bytes of the source as they are.</summary>
    public RowText Copy(int source, ReadOnlySpan<byte> bytes)
    {
        _pieces.Add(new Piece(_bytes.WrittenCount, source, bytes.Length));
        _bytes.Write(bytes);
        return this;
    }

    /// <summary>The byte of the source that a byte of the row stands for.</summary>
    public int SourceOf(int offset)
    {
        int at = _pieces.FindLastIndex(p => p.Row <= offset);
        return at < 0 ? 0 : _pieces[at].Source + (offset - _pieces[at].Row is var further && further < _pieces[at].Length ? further : 0);
    }

    private readonly record struct Piece(int Row, int Source, int Length);
}
