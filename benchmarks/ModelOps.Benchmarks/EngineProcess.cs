using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ModelOps.Benchmarks.Groups;

namespace ModelOps.Benchmarks;

/// <summary>
/// The engine's side of a measure in a process of its own: this executable again, with a verb. Memory and start are then its own, as the
/// peer's are.
/// </summary>
internal static class EngineProcess
{
    public const string Flag = "--engine";
    private const string Peak = "peakBytes";

    // Verb -> work; the numbers that it returns are what Run returns.
    private static readonly Dictionary<string, Func<string[], Dictionary<string, double>>> s_verbs = new(StringComparer.Ordinal)
    {
        ["train"] = TrainingVerb.Run,
        ["write-model"] = TrainingVerb.WriteModel,
        ["write-large-model"] = QuantizedVerb.WriteLargeModel,
        ["linear-bytes"] = QuantizedVerb.LinearBytes,
        ["decode"] = DecodingVerb.Decode,
        ["open"] = DecodingVerb.Open,
        ["read-memory"] = DecodingVerb.ReadMemory,
        ["preference"] = EnginePreference.Run,
        ["write-packages"] = RuntimePackages.Write,
        ["answer"] = RuntimeVerb.Answer,
        ["swap"] = RuntimeVerb.Swap,
        ["batch"] = RuntimeVerb.Batch,
        ["evaluate"] = EvaluateVerb.Run,
        ["validate"] = DataVerb.Run,
    };

    /// <summary>Runs a verb in a new process and returns its numbers; <c>peakBytes</c>, its peak resident memory, is always among them.</summary>
    public static IReadOnlyDictionary<string, double> Run(string verb, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [Flag, verb, .. arguments]);
        return JsonSerializer.Deserialize<Dictionary<string, double>>(ChildProcess.Output(start))!;
    }

    /// <summary>Whether this process is such a child.</summary>
    public static bool IsChild(string[] arguments) => arguments is [Flag, ..];

    /// <summary>The child's whole work.</summary>
    public static void RunChild(string[] arguments)
    {
        Dictionary<string, double> numbers = s_verbs[arguments[1]](arguments[2..]);
        numbers[Peak] = PeakBytes();
        Console.WriteLine(JsonSerializer.Serialize(numbers));
    }

    private static double PeakBytes()
    {
        const string Status = "/proc/self/status", HighWaterMark = "VmHWM:";
        if (!File.Exists(Status))
        {
            return Process.GetCurrentProcess().PeakWorkingSet64;
        }

        string line = File.ReadLines(Status).First(l => l.StartsWith(HighWaterMark, StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
