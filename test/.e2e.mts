import { createProcessTrainer } from '/work/main/adapters/trainer-process.ts';
import { DuckDBInstance } from '@duckdb/node-api';
import { readFileSync, existsSync } from 'node:fs'; import { mkdtemp } from 'node:fs/promises';
const file='/tmp/e2e.parquet';
if(!existsSync(file)){const d=await DuckDBInstance.create();const c=await d.connect();
await c.run(`copy (select 'train' as _split, timestamp '2026-01-01' as _time, (random()<0.1)::double as _label, ${Array.from({length:7},(_,i)=>`random() as n${i}`).join(',')}, (random()*23)::int as hour, 'c'||(random()*6)::int as cat,'d'||(random()*3)::int as cat2, random()<0.5 as b, random()<.5 as b2 from range(80000)) to '/tmp/a.parquet' (format parquet)`);
await c.run(`copy (select * from '/tmp/a.parquet' union all select * replace ('selection' as _split) from (from '/tmp/a.parquet' limit 20000)) to '${file}' (format parquet)`);c.closeSync();d.closeSync();}
const cols:any={};for(let i=0;i<7;i++)cols['n'+i]={kind:'number',nulls:0};cols.hour={kind:'hour'};for(const k of ['cat','cat2'])cols[k]={kind:'category',nulls:0};for(const k of ['b','b2'])cols[k]={kind:'boolean',nulls:0};
process.env.PERENNIAL_BACKEND=process.argv[2];
const hidden=JSON.parse(process.argv[3]??'[64,32]'); const batchSize=Number(process.argv[4]??512);
let pid=0,peak='';const t=performance.now(); const last:any[]=[];
const m=await createProcessTrainer({log:(l)=>{pid=Number(/process (\d+)/.exec(l)?.[1]??pid);}}).train({trainingSet:file,columns:cols,candidate:{kind:'mlp',name:'mlp',epochs:8,batchSize,learningRate:1e-5,hidden,dropout:0.1},seed:1,resumeFrom:null,folder:await mkdtemp('/tmp/e2e-')},{signal:new AbortController().signal,onProgress:(p:any)=>{last[0]=p;try{peak=/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`,'utf8'))![1]!}catch{}},onCheckpoint:async()=>{}});
console.log(process.argv[2],hidden.join(),'batch',batchSize,'total s',((performance.now()-t)/1000).toFixed(1),'training s',m.trainedWith.seconds.toFixed(1),'epochs',m.trainedWith.epochs,'rows/s',last[0].rowsPerSecond,'peak MB',Math.round(Number(peak)/1024));
