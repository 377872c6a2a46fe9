// A trainer for tests that speaks docs/worker-protocol.md and learns a trivial rule at once: it answers with the learned answer that occurs as a
// word in the question. Without an adapter it answers "unknown". Deterministic; no model is read.
//
// MODELOPS_MOCK_DELAY: milliseconds that every run takes at least.
// MODELOPS_MOCK_SKILL: two shares, as 0.5,0.6: how often the base model and an adapter are right, see Skill.
// MODELOPS_MOCK_ALONE: a file that a training has for itself; one that finds it taken adds the line "overlap" to the log.
// MODELOPS_MOCK_LOG: a file that gets one line per run, the verb. MODELOPS_MOCK: how to misbehave, as verb:way, ways see Misbehaviour.
using ModelOps.Core.Protocol;
using ModelOps.MockWorker;

WorkerRequest request = WorkerRequest.Read(args[0]);
string verb = request switch { TrainRequest => "train", GenerateRequest => "generate", ScoreRequest => "score", InspectRequest => "inspect", MergeRequest => "merge", _ => "other" };
Output.Note(verb);
using FileStream? alone = verb == "train" ? Output.Alone() : null;
if (int.TryParse(Environment.GetEnvironmentVariable("MODELOPS_MOCK_DELAY"), out int delay))
{
    Thread.Sleep(delay);
}

if (Misbehaviour.For(verb) is { } misbehaviour)
{
    return misbehaviour.Act();
}

return request switch
{
    TrainRequest train => Verbs.Train(train),
    GenerateRequest generate => Verbs.Generate(generate),
    ScoreRequest score => Verbs.Score(score),
    MergeRequest merge => Verbs.Merge(merge),
    InspectRequest => Verbs.Inspect(),
    _ => WorkerExitCode.BadRequest,
};
