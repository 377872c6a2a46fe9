using System.Runtime.ExceptionServices;

namespace ModelOps.Core.Evaluation;

/// <summary>Independent pieces of work on all cores, told from a loop by nothing but the time they take.</summary>
internal static class InParallel
{
    /// <summary>What <paramref name="work"/> gives for each input, in their order. Where several fail, the first one's exception is thrown, as a loop would.</summary>
    public static TResult[] Select<T, TResult>(IReadOnlyList<T> inputs, Func<T, TResult> work)
    {
        var results = new TResult[inputs.Count];
        var failures = new ExceptionDispatchInfo?[inputs.Count];
        Parallel.For(0, inputs.Count, i =>
        {
            try
            {
                results[i] = work(inputs[i]);
            }
            catch (Exception e)
            {
                failures[i] = ExceptionDispatchInfo.Capture(e);
            }
        });
        Array.Find(failures, failure => failure is not null)?.Throw();
        return results;
    }
}
