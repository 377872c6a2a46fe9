using System.Text.Json;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Pipeline.Answering;

/// <summary>The files that a build and its worker exchange: one JSON object a line.</summary>
internal static class JsonLines
{
    public static void Write<T>(string path, IEnumerable<T> lines)
    {
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write);
        foreach (T line in lines)
        {
            JsonSerializer.Serialize(stream, line, WorkerJson.Options);
            stream.WriteByte((byte)'\n');
        }
    }

    /// <param name="verb">Who was to write it, for the message when it is missing or broken.</param>
    public static List<T> Read<T>(string path, string verb)
    {
        try
        {
            return [.. File.ReadLines(path).Where(line => line.Length > 0).Select(line => JsonSerializer.Deserialize<T>(line, WorkerJson.Options)!)];
        }
        catch (Exception failure) when (failure is JsonException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw WorkerErrors.OutputMissing(verb, path);
        }
    }
}
