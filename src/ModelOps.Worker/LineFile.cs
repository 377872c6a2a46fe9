using System.Text;
using System.Text.Json;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;

namespace ModelOps.Worker;

/// <summary>One line of an input file and where it stands.</summary>
internal readonly record struct Numbered<T>(T Value, SourceLocation At);

/// <summary>JSON Lines in and out.</summary>
internal static class LineFile
{
    /// <exception cref="DiagnosticException">A line is no JSON of this shape.</exception>
    public static List<Numbered<T>> Read<T>(string path)
    {
        var lines = new List<Numbered<T>>();
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            var at = new SourceLocation(path, ++number);
            if (string.IsNullOrWhiteSpace(line))
                continue;
            try
            {
                lines.Add(new Numbered<T>(JsonSerializer.Deserialize<T>(line, WorkerJson.Options) ?? throw new JsonException("it is null"), at));
            }
            catch (JsonException e)
            {
                throw new DiagnosticException(WorkerErrors.BadRow(at, $"the line is not what this verb reads: {e.Message}"), e);
            }
        }

        return lines;
    }

    /// <summary>Complete or not at all.</summary>
    public static void Write<T>(string path, IEnumerable<T> lines)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        AtomicFile.Write(path, stream =>
        {
            using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { NewLine = "\n" };
            foreach (T line in lines)
                writer.WriteLine(JsonSerializer.Serialize(line, WorkerJson.Options));
        });
    }
}
