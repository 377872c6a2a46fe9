using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Preparing;

/// <summary>A row made of a record, and what decides where it goes.</summary>
public sealed class PreparedRow
{
    internal PreparedRow(SourceSpec source, SourceRecord record, ReadOnlyMemory<byte> line, Row row, RowFacts facts, string? group)
        => (Source, Record, Line, Row, Facts, Group) = (source, record, line, row, facts, group);

    public SourceSpec Source { get; }

    /// <summary>The row as it is written, without a line end.</summary>
    public ReadOnlyMemory<byte> Line { get; }

    public Row Row { get; }

    /// <summary>The value of the source's group field; null when it names none.</summary>
    public string? Group { get; }

    /// <summary>The file as it was given, and the record's line.</summary>
    public SourceLocation Location => new(Source.Path, Record.Line);

    internal SourceRecord Record { get; }

    internal RowFacts Facts { get; }

    /// <summary>Identity of what the row says: its messages without what else stands in it.</summary>
    internal Digest Content { get; init; }

    /// <summary>16 digits by which <c>split.lock</c> knows the question.</summary>
    public string QuestionKey => Facts.Prompt.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>A row of a prepared set.</summary>
/// <param name="Copy">It stands there once more because of its source's weight.</param>
public readonly record struct PreparedLine(PreparedRow Row, bool Copy);
