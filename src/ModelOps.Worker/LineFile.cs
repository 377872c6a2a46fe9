using System.Text.Encodings.Web;
using System.Text.Json;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;

namespace ModelOps.Worker;

/// <summary>JSON Lines in and out. What is written appears under its name only when it is complete.</summary>
internal static class LineFile
{
    private static readonly JsonSerializerOptions s_out = new(WorkerJson.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <exception cref="DiagnosticException"><c>MOPS3054</c> with the line that cannot be read.</exception>
    public static IReadOnlyList<T> Read<T>(string path)
    {
        var lines = new List<T>();
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            try
            {
                lines.Add(JsonSerializer.Deserialize<T>(line, WorkerJson.Options) ?? throw new JsonException("the line holds null"));
            }
            catch (JsonException e)
            {
                throw new DiagnosticException(WorkerDiagnostics.BadRow(path, number, e.Message), e);
            }
        }

        return lines;
    }

    public static void Write<T>(string path, IEnumerable<T> lines)
    {
        string temporary = $"{path}.{Environment.ProcessId}.tmp";
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using (FileStream stream = File.Create(temporary))
        {
            foreach (T line in lines)
            {
                JsonSerializer.Serialize(stream, line, s_out);
                stream.WriteByte((byte)'\n');
            }

            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }
}
