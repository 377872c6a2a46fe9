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

    /// <summary>Held until this process ends; null, with a trace, when another training is at work.</summary>
    public static FileStream? Alone()
    {
        if (Environment.GetEnvironmentVariable("MODELOPS_MOCK_ALONE") is not { Length: > 0 } path)
        {
            return null;
        }

        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            Note("overlap");
            return null;
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
