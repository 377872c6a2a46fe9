using ModelOps.Core.Protocol;

namespace ModelOps.MockWorker;

/// <summary>What a worker must never do, on demand.</summary>
internal sealed class Misbehaviour(string way)
{
    private const string InWorkDirectory = "misbehave.txt";

    /// <summary>Asked for by the variable MODELOPS_MOCK or by a file in the work directory.</summary>
    public static Misbehaviour? For(string verb)
    {
        string? wish = File.Exists(InWorkDirectory) ? File.ReadAllText(InWorkDirectory) : Environment.GetEnvironmentVariable("MODELOPS_MOCK");
        return wish?.Split(':') is [var of, var way] && of == verb ? new Misbehaviour(way) : null;
    }

    public int Act()
    {
        switch (way)
        {
            case "crash":
                Console.Error.WriteLine("the last words of a worker");
                return 139;
            case "error":
                Output.Event(new ErrorEvent { Code = "MOPS3101", Message = "The loss is not a number.", File = "train.jsonl", Line = 3, Column = 7 });
                return WorkerExitCode.NumericFailure;
            case "noresult":
                return WorkerExitCode.Done;
            case "nofiles":
                Output.Event(new ResultEvent { Steps = 1 });
                return WorkerExitCode.Done;
            case "babble":
                Console.WriteLine("this is no event");
                return WorkerExitCode.Done;
            case "hang":
                Output.Event(new ProgressEvent { Step = 1, Steps = 100, Loss = 2, EtaSeconds = 99 });
                return Console.In.Read() < 0 ? WorkerExitCode.Cancelled : 1;
            case "deaf":
                Output.Event(new ProgressEvent { Step = 1, Steps = 100 });
                Thread.Sleep(Timeout.Infinite);
                return 1;
            default:
                throw new ArgumentException($"No misbehaviour is called '{way}'.");
        }
    }
}
