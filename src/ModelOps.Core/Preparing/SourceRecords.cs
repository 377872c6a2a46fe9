using System.Text;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Preparing;

/// <summary>Where a record stands in its file.</summary>
/// <param name="Start">Byte offset.</param>
/// <param name="Line">Line of its first byte, from 1.</param>
internal readonly record struct SourceRecord(int Start, int Length, int Line);

/// <summary>Cuts a file into records: lines of JSON, elements of one JSON array, or records of CSV.</summary>
internal static class SourceRecords
{
    /// <summary>The records; what is wrong with the file as a whole goes to <paramref name="problem"/>, and what comes after it is not read.</summary>
    public static List<SourceRecord> Of(SourceSpec source, ReadOnlySpan<byte> file, Action<Diagnostic> problem)
    {
        if (file.StartsWith("version https://git-lfs.github.com/spec/"u8))
        {
            problem(DataErrors.LfsPointer(new SourceLocation(source.Path, 1)));
            return [];
        }

        int start = file.StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        if (source.Format == SourceFormat.Csv)
        {
            List<SourceRecord> records = CsvRecords.Of(source, file, start, problem);
            return records.Count > 0 ? records[1..] : records;
        }

        int first = start + SkipSpace(file[start..]);
        return first < file.Length && file[first] == '[' ? Elements(source, file, first, problem) : Lines(file, start);
    }

    /// <summary>The place of a byte of the file.</summary>
    public static SourceLocation Place(string path, ReadOnlySpan<byte> file, int offset)
    {
        (int line, int column) = JsonProblem.Position(file, offset);
        return new SourceLocation(path, line, column);
    }

    /// <summary>The place of a byte of a record, without counting the lines before it.</summary>
    public static SourceLocation Place(string path, ReadOnlySpan<byte> file, int offset, SourceRecord record)
    {
        int line = file[..offset].LastIndexOf((byte)'\n') + 1;
        return new SourceLocation(path, record.Line + file[record.Start..Math.Max(record.Start, offset)].Count((byte)'\n'), JsonProblem.Position(file[line..], offset - line).Column);
    }

    private static List<SourceRecord> Lines(ReadOnlySpan<byte> file, int start)
    {
        var records = new List<SourceRecord>();
        for (int at = start, line = 1; at < file.Length; line++)
        {
            int end = file[at..].IndexOf((byte)'\n') is var found and >= 0 ? at + found : file.Length;
            if (SkipSpace(file[at..end]) < end - at)
            {
                records.Add(new SourceRecord(at, end - at, line));
            }

            at = end + 1;
        }

        return records;
    }

    private static List<SourceRecord> Elements(SourceSpec source, ReadOnlySpan<byte> file, int at, Action<Diagnostic> problem)
    {
        var records = new List<SourceRecord>();
        int line = 1 + file[..at].Count((byte)'\n');
        at++;
        for (bool more = false; ; more = true)
        {
            Skip(file, ref at, ref line);
            if (at < file.Length && file[at] == ']' && !more)
            {
                break;
            }

            int length = ElementLength(file[at..]);
            if (length == 0)
            {
                problem(PreparationErrors.InvalidArray(Place(source.Path, file, at), at < file.Length ? "a record is missing here" : "it does not end"));
                return records;
            }

            records.Add(new SourceRecord(at, length, line));
            line += file.Slice(at, length).Count((byte)'\n');
            at += length;
            Skip(file, ref at, ref line);
            if (at < file.Length && file[at] == ',')
            {
                at++;
                continue;
            }

            if (at >= file.Length || file[at] != ']')
            {
                problem(PreparationErrors.InvalidArray(Place(source.Path, file, at), at < file.Length ? "expected a comma or the end of the array" : "it does not end"));
                return records;
            }

            break;
        }

        int rest = at + 1 + SkipSpace(file[(at + 1)..]);
        if (rest < file.Length)
        {
            problem(PreparationErrors.InvalidArray(Place(source.Path, file, rest), "text follows the array"));
        }

        return records;
    }

    /// <summary>Bytes of a value: up to the bracket that closes it, or, of what has no brackets, up to what separates values. The parser says what is wrong inside.</summary>
    private static int ElementLength(ReadOnlySpan<byte> rest)
    {
        int depth = 0;
        bool text = false;
        for (int i = 0; i < rest.Length; i++)
        {
            byte b = rest[i];
            if (text)
            {
                i += b == '\\' ? 1 : 0;
                text = b != '"';
            }
            else if (b == '"')
            {
                text = true;
            }
            else if (b is (byte)'{' or (byte)'[')
            {
                depth++;
            }
            else if (b is (byte)'}' or (byte)']' && depth > 0)
            {
                if (--depth == 0)
                {
                    return i + 1;
                }
            }
            else if (depth == 0 && b is (byte)',' or (byte)']' or (byte)'}')
            {
                if (depth == 0)
                {
                    return i;
                }
            }
        }

        return rest.Length;
    }

    private static void Skip(ReadOnlySpan<byte> file, ref int at, ref int line)
    {
        int length = SkipSpace(file[at..]);
        line += file.Slice(at, length).Count((byte)'\n');
        at += length;
    }

    private static int SkipSpace(ReadOnlySpan<byte> text) => text.IndexOfAnyExcept(" \t\r\n"u8) is var at and >= 0 ? at : text.Length;
}
