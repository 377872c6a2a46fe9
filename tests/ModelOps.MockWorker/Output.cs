using System.Text.Json;
using ModelOps.Core.Protocol;

namespace ModelOps.MockWorker;

internal static class Output
{
    public static void Event(WorkerEvent workerEvent)
    {
        Console.Out.Write(workerEvent.ToLine() + "\n");
        Console.Out.Flush();
    }

    /// <summary>Leaves a trace that this worker ran.</summary>
    public static void Note(string verb)
    {
        if (Environment.GetEnvironmentVariable("MODELOPS_MOCK_LOG") is { Length: > 0 } log)
        {
            File.AppendAllText(log, verb + "\n");
        }
    }

    public static void Lines<T>(string path, IEnumerable<T> lines)
    {
        File.WriteAllLines(path + ".tmp", lines.Select(line => JsonSerializer.Serialize(line, WorkerJson.Options)));
        File.Move(path + ".tmp", path, overwrite: true);
    }

    public static IEnumerable<PromptLine> Rows(string path)
        => File.ReadLines(path).Select(line => JsonSerializer.Deserialize<PromptLine>(line, WorkerJson.Options)!);
}
